/** Constants of MurmurHash3_x86_32. */
const C1 = 0xcc9e2d51
const C2 = 0x1b873593

/**
 * MurmurHash3_x86_32 with seed 0 over the UTF-8 bytes of a text, as a signed 32-bit integer (Python's `mmh3.hash`).
 * Reads the string in place; a lone surrogate counts as U+FFFD.
 * @see https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp
 */
export function murmur3(text: string): number {
  let hash = 0
  let block = 0
  let bytes = 0
  const push = (byte: number): void => {
    block |= byte << ((bytes & 3) << 3)
    bytes += 1
    if ((bytes & 3) === 0) {
      hash = Math.imul(rotateLeft(hash ^ mixBlock(block), 13), 5) + 0xe6546b64
      block = 0
    }
  }
  for (let i = 0; i < text.length; i += 1) {
    let code = text.charCodeAt(i)
    if (code >= 0xd800 && code <= 0xdfff) {
      code = text.codePointAt(i)!
      if (code > 0xffff) i += 1
      else code = 0xfffd
    }
    if (code < 0x80) {
      push(code)
    } else if (code < 0x800) {
      push(0xc0 | (code >> 6))
      push(0x80 | (code & 0x3f))
    } else if (code < 0x10000) {
      push(0xe0 | (code >> 12))
      push(0x80 | ((code >> 6) & 0x3f))
      push(0x80 | (code & 0x3f))
    } else {
      push(0xf0 | (code >> 18))
      push(0x80 | ((code >> 12) & 0x3f))
      push(0x80 | ((code >> 6) & 0x3f))
      push(0x80 | (code & 0x3f))
    }
  }
  // A rest of no bytes mixes to 0 and leaves the hash as it is.
  return mixFinal(hash ^ mixBlock(block) ^ bytes)
}

/**
 * The index of a term in a BM25 vector: the hash without its sign, 0 … 2^31.
 * @see https://github.com/qdrant/fastembed/blob/main/fastembed/sparse/bm25.py `compute_token_id`
 */
export function termId(term: string): number {
  return Math.abs(murmur3(term))
}

function mixBlock(block: number): number {
  return Math.imul(rotateLeft(Math.imul(block, C1), 15), C2)
}

function mixFinal(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) | 0
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
