import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.soak.test.ts', 'test/**/*.server.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 120_000,
    // ONNX Runtime sessions live in native code: a process per file keeps their shutdown apart.
    pool: 'forks',
    maxWorkers: 2,
  },
})
