import { createInterface } from 'node:readline/promises'
import { InputError } from '../errors.js'

/**
 * Asks on the terminal for the collection's name before it is dropped.
 * @throws InputError `NOT_CONFIRMED` another answer; there is no terminal, or the documents come from stdin, and no --yes
 */
export async function confirmDrop(
  collection: string,
  contents: string,
  location: string,
  options: { readonly yes: boolean; readonly readsStdin: boolean },
): Promise<void> {
  if (options.yes) return
  if (options.readsStdin || process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw new InputError(
      'NOT_CONFIRMED',
      `--recreate drops collection "${collection}" in ${location} with its ${contents}. There is no terminal to ask on: expected --yes.`,
    )
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question(
      `Collection "${collection}" in ${location} with its ${contents} will be dropped.\nType its name to go on: `,
    )
    if (answer.trim() === collection) return
  } finally {
    terminal.close()
  }
  throw new InputError('NOT_CONFIRMED', `Expected the name "${collection}". Nothing was dropped.`)
}
