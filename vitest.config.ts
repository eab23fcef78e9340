import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.soak.test.ts', 'test/**/*.server.test.ts', 'test/**/*.published.test.ts'],
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
