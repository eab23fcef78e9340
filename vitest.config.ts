import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Models that somebody imported are none of the tests'. */
export const NO_MODELS = { XDG_DATA_HOME: join(tmpdir(), 'offgrid-no-models') }

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.soak.test.ts', 'test/**/*.server.test.ts', 'test/**/*.published.test.ts'],
    env: NO_MODELS,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    // ONNX Runtime sessions live in native code: a process per file keeps their shutdown apart.
    pool: 'forks',
    maxWorkers: 2,
    // what a command or a worker does in a process of its own is not seen: it runs the compiled program
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/**/*.d.ts'],
      reporter: ['text-summary', 'html'],
    },
  },
})
