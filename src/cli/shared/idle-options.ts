import type { Command, Option } from 'commander'
import { optionError } from '../../errors.js'

/** What options need beside them to have an effect. */
export interface OptionNeed {
  /** By the names that commander gives them. */
  readonly options: readonly string[]
  readonly isMet: boolean
  /** As it reads after "expected". */
  readonly need: string
}

/** The options that were typed, and not taken from a default. */
export function typedOptions(command: Command): Option[] {
  return command.options.filter((option) => {
    const name = option.attributeName()
    // of --bulk and --no-bulk, which are one option, the one that was typed
    const isOther = command.getOptionValue(name) === option.negate
    return command.getOptionValueSource(name) === 'cli' && !isOther
  })
}

/**
 * Refuses options that cannot have an effect: they were typed for one.
 * @throws InputError `INVALID_OPTION`
 */
export function refuseIdleOptions(command: Command, needs: readonly OptionNeed[]): void {
  const typed = typedOptions(command)
  for (const { options, isMet, need } of needs) {
    const idle = typed.filter((option) => options.includes(option.attributeName()))
    if (isMet || idle.length === 0) continue
    throw optionError(
      `${idle.map(({ long }) => long).join(' and ')}: expected ${need}, without which it has no effect.`,
    )
  }
}
