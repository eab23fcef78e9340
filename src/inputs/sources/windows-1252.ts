/** The characters of the bytes 80 to 9F, in which Windows-1252 is another than Latin-1. */
const SPECIAL = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'
const FIRST = 0x80
const SPECIAL_BYTES = /[\x80-\x9f]/g

/**
 * Text of bytes in Windows-1252.
 * TextDecoder takes it for Latin-1 in Node 20.18.3 to 20.19.4, 22.13 to 22.18 and 24.0 to 24.6: euro signs and quotes become control characters.
 * @see https://github.com/nodejs/node/issues/56542 https://encoding.spec.whatwg.org/#windows-1252
 */
export function decodeWindows1252(bytes: Buffer): string {
  return bytes.toString('latin1').replace(SPECIAL_BYTES, (character) => SPECIAL[character.charCodeAt(0) - FIRST]!)
}
