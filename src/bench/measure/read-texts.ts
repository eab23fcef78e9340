import { readFile } from 'node:fs/promises'

/** Texts of a file of the benchmark, in their order. */
export async function readTexts(file: string): Promise<string[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '')
  return lines.map((line) => (JSON.parse(line) as { text: string }).text)
}
