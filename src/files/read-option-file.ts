import { readFile } from 'node:fs/promises'
import { optionError } from '../errors.js'

/** The text of a file that an option names. @throws InputError `INVALID_OPTION` where it cannot be read */
export async function readOptionFile(path: string, option: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw optionError(`${option}: cannot read ${path}: ${code}.`, { cause })
  }
}
