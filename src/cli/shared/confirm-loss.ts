import { createInterface } from 'node:readline/promises'
import { InputError } from '../../errors.js'
import { printable } from './printable.js'

/** What is to be lost, and who may be asked. */
export interface Loss {
  /** The option or command by which, as it is typed. */
  readonly by: string
  /** After "It", as in `drops collection "a" in s with its 2 points`. */
  readonly does: string
  /** What has to be typed: the name of the thing that would be lost. */
  readonly collection: string
  /** Whether the answer was given on the command line. */
  readonly yes: boolean
  readonly readsStdin: boolean
}

/**
 * Asks on the terminal for the collection's name before something is lost for good.
 * @throws InputError `NOT_CONFIRMED` another answer; there is no terminal, or stdin is read, and no --yes
 */
export async function confirmLoss({ by, does, collection, yes, readsStdin }: Loss): Promise<void> {
  if (yes) return
  if (readsStdin || process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw new InputError('NOT_CONFIRMED', `${by} ${does}. There is no terminal to ask on: expected --yes.`)
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question(printable(`${by} ${does}.\nType the collection's name to go on: `))
    if (answer.trim() === collection) return
  } finally {
    terminal.close()
  }
  throw new InputError('NOT_CONFIRMED', `Expected the name "${collection}". Nothing was changed.`)
}

/** The same, before a collection is dropped. */
export function confirmDrop(contents: string, location: string, loss: Omit<Loss, 'does'>): Promise<void> {
  return confirmLoss({ ...loss, does: `drops collection "${loss.collection}" in ${location} with its ${contents}` })
}
