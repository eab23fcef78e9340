/** Files that stand beside one of vectors that has no room for what they say. */

/** Where the ids of a .npy file's rows stand: `vectors.ids.jsonl` beside `vectors.npy`. */
export function idsFileOf(npy: string): string {
  return npy.replace(/\.npy$/, '.ids.jsonl')
}

/** Where it stands how the vectors of a .npy or .jsonl file were made: `vectors.npy.recipe.json` beside `vectors.npy`. */
export function recipeFileOf(file: string): string {
  return `${file}.recipe.json`
}
