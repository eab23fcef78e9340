import { describe } from 'vitest'
import { describeHostileModels } from './hostile-model.contract.js'

describe('models with changed files, a few', () => describeHostileModels(0, 120))
