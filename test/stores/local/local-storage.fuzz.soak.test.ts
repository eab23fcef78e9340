import { testRandomOperations } from './local-storage.fuzz.contract.js'

testRandomOperations({
  // another seed each time; a failure says which, and the variable repeats it
  seed: Number(process.env.OFFGRID_FUZZ_SEED ?? Date.now() % 1_000_000),
  operations: Number(process.env.OFFGRID_FUZZ_OPERATIONS ?? 50_000),
  kills: Number(process.env.OFFGRID_FUZZ_KILLS ?? 100),
})
