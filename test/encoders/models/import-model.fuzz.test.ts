import { describe } from 'vitest'
import { describeHostileModels } from './import-model.hostile.contract.js'

describe('models with changed files, a few', () => describeHostileModels(0, 120))
