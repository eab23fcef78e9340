import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { nastyTexts } from '../tokenizers/nasty-texts.js'
import {
  ALL,
  differingCodes,
  differingTexts,
  NATIVE,
  nativeDefinition,
  openNative,
} from '../tokenizers/native-tokenizers.js'

const NAMES = Object.keys(NATIVE.expected)
const SMALL = Object.keys(NATIVE.tokenizers)
const FRESH_TEXTS = 20_000
/** A seed of the day: each run of the long series looks at other texts; a message names it. */
const SEED = Number(process.env.OFFGRID_SEED ?? Math.floor(Date.now() / 86_400_000))
const SCRIPT = fileURLToPath(new URL('../../scripts/make-native-tokenizer-fixture.py', import.meta.url))
/** A Python with `tokenizers` 0.23, where there is one. */
const PYTHON = process.env.OFFGRID_PYTHON ?? 'python3'
const version = spawnSync(PYTHON, ['-c', 'import tokenizers; print(tokenizers.__version__)']).stdout?.toString().trim()
const reason = version?.startsWith('0.23.')
  ? ''
  : ` (skipped: ${PYTHON} has ${version === undefined || version === '' ? 'no tokenizers' : `tokenizers ${version}`}, not 0.23; OFFGRID_PYTHON names another)`

describe('a tokenizer beside the native one', () => {
  it.each(NAMES)('gives its tokens for 20,500 nasty texts: %s', async (name) => {
    expect(differingTexts(name, await openNative(name))).toEqual([])
  })

  it.each(NAMES)('gives its tokens for every code point, in a word and alone: %s', async (name) => {
    expect(differingCodes(name, await openNative(name))).toEqual([])
  })

  it.skipIf(reason !== '').each(SMALL)(`gives its tokens for fresh texts: %s${reason}`, async (name) => {
    const texts = nastyTexts(SEED, FRESH_TEXTS)
    const job = JSON.stringify({ tokenizer: nativeDefinition(name), texts })
    const { stdout, stderr } = spawnSync(PYTHON, [SCRIPT, '--encode'], { input: job, maxBuffer: 2 ** 30 })
    expect(stderr.toString()).toBe('')
    const native = JSON.parse(stdout.toString()) as number[][]
    const tokenizer = await openNative(name)
    for (const [i, text] of texts.entries()) {
      expect([...tokenizer.encodeBare(text, ALL).inputIds], `seed ${SEED}: ${JSON.stringify(text)}`).toEqual(native[i])
    }
  })

  it.each(SMALL)('gives the same by the fast and by the general way, in any order: %s', async (name) => {
    const [opened, general] = [await openNative(name), await openNative(name, 'general')]
    const texts = nastyTexts(SEED + 1, FRESH_TEXTS)
    const found = texts.map((text) => opened.encodeBare(text, ALL).inputIds)
    for (const [i, text] of [...texts.entries()].reverse()) {
      const { inputIds } = general.encodeBare(text, ALL)
      expect(inputIds, `seed ${SEED + 1}: ${JSON.stringify(text)}`).toEqual(found[i])
      expect(opened.encodeBare(text, 3).inputIds).toEqual(inputIds.slice(0, 3))
    }
  })
})
