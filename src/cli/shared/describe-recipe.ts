import { isObject } from '../../options.js'

/** What a collection was made with, a line for each vector and each setting, as a person reads it. What was left out, or is off, is not said. */
export function describeRecipe(recipe: Readonly<Record<string, unknown>>): string[] {
  const { vectors, ...settings } = recipe
  const made = isObject(vectors)
    ? Object.entries(vectors).map(([method, vector]) => describeVector(method, vector))
    : []
  const others = Object.entries(settings).flatMap(([name, value]) => {
    const words = inPlainWords(value)
    return words === null ? [] : [isObject(value) ? `${spaced(name)}: ${words}` : `${spaced(name)} ${words}`]
  })
  return [...made, ...others]
}

function describeVector(method: string, vector: unknown): string {
  if (!isObject(vector)) return `${method}: ${vector}`
  const { model, dimension, documentVector } = vector
  const size = typeof dimension === 'number' ? `, ${dimension} numbers${method === 'late' ? ' a token' : ''}` : ''
  return `${method}: ${model}${size}${documentVector === undefined ? '' : ', also of whole documents'}`
}

/** Null for what there is nothing to say of. */
function inPlainWords(value: unknown): string | null {
  if (value === null || value === undefined || value === false || value === '') return null
  if (value === true) return 'yes'
  if (Array.isArray(value))
    return value.length === 0 ? null : value.map((each) => inPlainWords(each) ?? 'none').join(', ')
  if (!isObject(value)) return String(value)
  const fields = Object.entries(value).flatMap(([name, field]) => {
    const words = inPlainWords(field)
    return words === null ? [] : [`${spaced(name)} ${words}`]
  })
  return fields.length === 0 ? null : fields.join('; ')
}

/** `maxTokens` as `max tokens`. */
function spaced(name: string): string {
  return name.replace(/[a-z](?=[A-Z])/g, '$& ').toLowerCase()
}
