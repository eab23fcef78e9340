import { basename } from 'node:path'
import { knownModels } from '../../onnx/model-registry.js'

/**
 * The name of a model by the path of its folder: owner and name where a Hugging Face cache has them in the path, else the one known model
 * whose name ends with the folder's, else the folder's own.
 */
export function guessModelName(path: string): string {
  const cached = /models--([^/\\]+?)--([^/\\]+)[/\\]snapshots[/\\]/.exec(`${path}/`)
  const name = cached === null ? basename(path) : `${cached[1]}/${cached[2]}`
  const wanted = name.toLowerCase()
  // FastEmbed's own repositories carry models of other owners
  const known = knownModels().filter(
    ({ name: knownName, sources }) =>
      knownName.toLowerCase() === wanted ||
      sources.hf?.toLowerCase() === wanted ||
      (cached === null && knownName.toLowerCase().endsWith(`/${wanted}`)),
  )
  return known.length === 1 ? known[0]!.name : name
}
