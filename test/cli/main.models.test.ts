import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'vitest'
import { randomNumbers } from '../../src/scoring/random-numbers.js'
import { expectPromptEverywhere } from './main.models.contract.js'

const FIXTURES = fileURLToPath(new URL('../parity/fixtures/architectures', import.meta.url))

test('a small model with a dense layer and a prompt for queries is the same model in every command and route', async () => {
  const random = randomNumbers(11)
  const words = () => Array.from({ length: 6 }, () => `w${5 + Math.floor(random() * 60)}`).join(' ')
  await expectPromptEverywhere({
    publish: (folder) => {
      cpSync(join(FIXTURES, 'bert'), folder, { recursive: true })
      cpSync(join(FIXTURES, 'modules', 'mean-dense-normalize'), folder, { recursive: true })
    },
    dimension: 24,
    queryPrompt: 'w20 w21 ',
    texts: Array.from({ length: 20 }, words),
  })
})
