import { basename } from 'node:path'
import { findKnownModel } from '../../onnx/model-registry.js'

/**
 * The name of a model by the path of its folder: owner and name where a Hugging Face cache has them in the path, else the folder's own;
 * that of the known model which it means, where there is one.
 * @throws InputError `AMBIGUOUS_MODEL`
 */
export function guessModelName(path: string): string {
  const cached = /models--([^/\\]+?)--([^/\\]+)[/\\]snapshots[/\\]/.exec(`${path}/`)
  const name = cached === null ? basename(path) : `${cached[1]}/${cached[2]}`
  return findKnownModel(name)?.name ?? name
}
