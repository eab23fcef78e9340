import { testRandomOperations } from './local-storage.fuzz.contract.js'

testRandomOperations({ seed: Number(process.env.OFFGRID_FUZZ_SEED ?? 1), operations: 1500, kills: 6 })
