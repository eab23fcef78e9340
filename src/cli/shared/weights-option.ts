import { readFile } from 'node:fs/promises'
import { type InputError, optionError } from '../../errors.js'
import { asObject } from '../../options.js'
import type { ListWeights } from '../../pipeline/collection/collection-plan.js'
import { checkWeights } from '../../pipeline/collection/list-weights.js'

/**
 * What `--weights` says: `dense=1,bm25=2,late=0.5`, or a file that `eval --tune --out` wrote.
 * @throws InputError `INVALID_OPTION`
 */
export async function readWeights(text: string): Promise<ListWeights> {
  const pairs = text.split(',').map((pair) => /^\s*(\w+)\s*=\s*([\d.]+)\s*$/.exec(pair))
  if (pairs.every((pair) => pair !== null)) {
    const named = pairs.map(([, name, value]) => [name, Number(value)] as const)
    const twice = named.find(([name], i) => named.findIndex(([other]) => other === name) !== i)
    if (twice !== undefined) throw notWeights(text)
    return checkWeights('--weights', Object.fromEntries(named))
  }
  const found = await readFile(text, 'utf8')
    .then(JSON.parse)
    .catch(() => null)
  const weights = asObject(found)?.weights
  if (weights === undefined) throw notWeights(text)
  return checkWeights(`--weights ${text}`, weights)
}

function notWeights(text: string): InputError {
  return optionError(
    `--weights: expected a weight for each list, such as dense=1,bm25=2,late=0.5, or the file that eval --tune --out wrote, got ${text}.`,
  )
}
