import { defineConfig } from 'vitest/config'
import { NO_MODELS } from './vitest.config.js'

/** The long series: whole commands and processes that are killed, starved or cut off, and the fault-injection tests of `npm test` with many more kills, schedules and random cases. */
export default defineConfig({
  test: {
    include: [
      'test/**/*.soak.test.ts',
      'test/inputs/parts/plan-parts.test.ts',
      'test/stores/local/local-storage.kill.test.ts',
      'test/stores/local/lock/store-lock.holder.test.ts',
      'test/stores/qdrant/qdrant-store.faults.test.ts',
    ],
    env: { ...NO_MODELS, OFFGRID_SOAK: '1' },
    testTimeout: 1_200_000,
    hookTimeout: 300_000,
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: false,
  },
})
