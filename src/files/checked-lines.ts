import { crc32 } from 'node:zlib'

const CHECKSUM_DIGITS = 8
const NEWLINE = 0x0a

/** A line that says whether it is whole: the CRC-32 of the JSON in hexadecimal, a space, the JSON, a newline. */
export function checkedLine(value: object): string {
  const json = JSON.stringify(value)
  return `${checksumOf(json)} ${json}\n`
}

/** The JSON of a {@link checkedLine} without its newline; null if it is not what was written. */
export function checkedJson(line: Buffer): string | null {
  const json = line.subarray(CHECKSUM_DIGITS + 1)
  return json.length > 0 && line.toString('latin1', 0, CHECKSUM_DIGITS) === checksumOf(json) ? json.toString() : null
}

/** The lines that have a newline, without it, and where the next one begins. */
export function* endedLines(bytes: Buffer): Generator<{ line: Buffer; end: number }> {
  let start = 0
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    yield { line: bytes.subarray(start, end), end: end + 1 }
    start = end + 1
  }
}

function checksumOf(json: Buffer | string): string {
  return crc32(json).toString(16).padStart(CHECKSUM_DIGITS, '0')
}
