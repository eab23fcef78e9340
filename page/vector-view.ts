import { ask, type ServiceState } from './api.js'
import { byId, countOf, element } from './dom.js'

type Vector = number[] | number[][] | { readonly indices: number[]; readonly values: number[] }

/** The fourth view: the vector of a text, as numbers and as a picture. */
export class VectorView {
  readonly #form = byId<HTMLFormElement>('embed-form')
  readonly #model = byId<HTMLSelectElement>('model')
  readonly #status = byId('vector-status')
  readonly #vector = byId('vector')

  constructor() {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#embed()
    })
  }

  offer({ models }: ServiceState): void {
    const options = models.map(({ name, kind }) => element('option', { value: name, textContent: `${name} (${kind})` }))
    this.#model.replaceChildren(...options)
  }

  async #embed(): Promise<void> {
    const model = this.#model.value
    const input = { data: byId<HTMLTextAreaElement>('text').value, data_type: 'text', model }
    this.#status.className = ''
    this.#status.textContent = 'Embedding …'
    try {
      const { embeddings, usage } = await ask<{
        embeddings: Vector[]
        usage: { models: Record<string, { tokens: number }> }
      }>('/infer', { inputs: [input], inference: byId<HTMLSelectElement>('side').value })
      const vector = embeddings[0]!
      this.#status.textContent = `${describe(vector)} of ${countOf(usage.models[model]?.tokens ?? 0, 'token')}`
      const rows = rowsOf(vector)
      this.#vector.replaceChildren(
        ...(rows.length > 0 ? [drawRows(rows)] : []),
        element('pre', { tabIndex: 0, textContent: JSON.stringify(vector).slice(0, 4000) }),
      )
    } catch (error) {
      this.#vector.replaceChildren()
      this.#status.className = 'error'
      this.#status.textContent = (error as Error).message
    }
  }
}

function rowsOf(vector: Vector): number[][] {
  if (!Array.isArray(vector)) return []
  return (Array.isArray(vector[0]) ? vector : [vector]) as number[][]
}

function describe(vector: Vector): string {
  if (!Array.isArray(vector)) return `A sparse vector, ${countOf(vector.indices.length, 'term')},`
  const rows = rowsOf(vector)
  if (!Array.isArray(vector[0])) return `A dense vector, ${countOf(vector.length, 'number')},`
  return `A multivector, ${countOf(rows.length, 'row')} of ${countOf(rows[0]?.length ?? 0, 'number')},`
}

/** Rows of numbers as a picture: blue above zero, red below. */
function drawRows(rows: readonly number[][]): HTMLCanvasElement {
  const canvas = element('canvas', { width: rows[0]!.length, height: rows.length, role: 'img' })
  canvas.setAttribute('aria-label', 'the values of the vector as colours')
  const context = canvas.getContext('2d')!
  const image = context.createImageData(canvas.width, canvas.height)
  const largest = Math.max(...rows.map((row) => Math.max(...row.map(Math.abs)))) || 1
  for (const [i, value] of rows.flat().entries()) {
    image.data.set(value >= 0 ? [62, 99, 221] : [229, 72, 77], 4 * i)
    image.data[4 * i + 3] = Math.round(255 * Math.sqrt(Math.abs(value) / largest))
  }
  context.putImageData(image, 0, 0)
  canvas.style.height = `${Math.min(320, Math.max(40, 6 * rows.length))}px`
  return canvas
}
