import { destination, type Logger, pino, stdTimeFunctions } from 'pino'
import { InputError } from '../../errors.js'
import type { LogLevel } from './log-level.js'

/**
 * A run's log: one JSON object a line, `time` in ISO 8601, `event` one of start, batch (debug), retry, rejected, end, failed.
 * @param file `-` for stderr
 * @throws InputError `LOG_FILE` if the file cannot be written
 */
export function openRunLog(file: string, level: LogLevel): Logger {
  try {
    const stream = destination({ dest: file === '-' ? 2 : file, sync: true })
    return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime, formatters: { level: named } }, stream)
  } catch (cause) {
    throw new InputError(
      'LOG_FILE',
      `--log: expected a file that can be written, got ${file}: ${(cause as Error).message}`,
      {
        cause,
      },
    )
  }
}

/** The level by its name, not by pino's number. */
function named(label: string): object {
  return { level: label }
}
