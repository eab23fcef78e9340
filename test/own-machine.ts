import { join } from 'node:path'
import { vi } from 'vitest'

/** A machine with no models but the bundled ones, whose cache and own models are in a folder; until `vi.unstubAllEnvs()`. */
export function useOwnMachine(folder: string): void {
  vi.stubEnv('OFFGRID_CACHE', join(folder, 'cache'))
  vi.stubEnv('OFFGRID_MODELS', '')
  vi.stubEnv('XDG_DATA_HOME', join(folder, 'data'))
}
