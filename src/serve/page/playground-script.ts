import { STORED_FIELDS } from '../../document.js'

/**
 * The page's own script. Everything that comes from the service is set as text (`textContent`), never parsed as HTML.
 * It talks to the service that it came from, and the page's policy lets it talk to nobody else.
 */
export const PLAYGROUND_SCRIPT = `
'use strict'
const $ = (id) => document.getElementById(id)
const METHODS = ['dense', 'bm25', 'late']
let token = sessionStorage.getItem('token') ?? ''
let state = null

function element(tag, properties, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (name === 'class') made.className = value
    else made[name] = value
  }
  made.append(...children)
  return made
}

async function ask(path, body) {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  if (token !== '') headers.authorization = 'Bearer ' + token
  const response = await fetch(path, body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) })
  const answer = await response.json()
  if (response.ok) return answer
  if (response.status === 401) $('token-form').hidden = false
  throw new Error(typeof answer.error === 'string' ? answer.error : answer.error.message)
}

function showError(where, error) {
  where.replaceChildren(element('p', { class: 'error', textContent: error.message }))
}

async function busy(form, output, work) {
  const button = form.querySelector('button')
  button.disabled = true
  try {
    await work()
  } catch (error) {
    showError(output, error)
  } finally {
    button.disabled = false
  }
}

function option(value, text) {
  return element('option', { value, textContent: text })
}

async function load() {
  try {
    state = await ask('/playground')
  } catch (error) {
    showError($('hits'), error)
    return
  }
  $('token-form').hidden = true
  $('model').replaceChildren(...state.models.map(({ name, kind }) => option(name, name + ' (' + kind + ')')))
  const collections = state.collections
  $('collection').replaceChildren(...collections.map(({ collection, points }) => option(collection, collection + ' (' + points + ' points)')))
  $('search-form').hidden = collections.length === 0
  $('no-store').hidden = collections.length > 0
  $('store-path').textContent = state.path
  $('make-store').textContent = 'offgrid ingest documents.jsonl --store ' + state.path
  $('hits').replaceChildren()
  showMethods()
}

function chosenCollection() {
  return (state?.collections ?? []).find(({ collection }) => collection === $('collection').value)
}

function showMethods() {
  const found = chosenCollection()
  for (const method of METHODS) {
    const box = $('method-' + method)
    box.disabled = !(found?.methods ?? []).includes(method)
    box.checked = !box.disabled
  }
  $('rerank').disabled = $('method-late').disabled
  if (found?.error) showError($('hits'), new Error(found.error))
}

function rankCell(value) {
  return element('td', { class: 'number', textContent: value === null ? '–' : String(value) })
}

function hitRow(hit, i) {
  const payload = hit.payload ?? {}
  const stored = payload['${STORED_FIELDS.text}']
  const text = typeof stored === 'string' ? stored : ''
  const { ranks } = hit
  return element('tr', {},
    element('td', { class: 'number', textContent: String(i + 1) }),
    element('td', {},
      element('strong', { textContent: String(hit.documentId) }),
      element('p', { class: 'excerpt', textContent: text.length > 400 ? text.slice(0, 400) + '…' : text }),
      element('details', {}, element('summary', { textContent: 'payload' }), element('pre', { textContent: JSON.stringify(payload, null, 2) }))),
    element('td', { class: 'number', textContent: hit.score.toFixed(4) }),
    rankCell(ranks.dense), rankCell(ranks.bm25), rankCell(ranks.late), rankCell(ranks.fused))
}

function showHits({ hits, milliseconds }) {
  const head = ['#', 'document', 'score', 'dense', 'BM25', 'late', 'fused'].map((name) => element('th', { textContent: name }))
  const table = element('table', {}, element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...hits.map(hitRow)))
  $('hits').replaceChildren(
    element('p', { class: 'soft', textContent: hits.length + ' hits in ' + milliseconds.toFixed(0) + ' ms; the last columns are the ranks in each list' }),
    element('div', { class: 'scroll' }, table))
}

/** Rows of numbers as a picture: blue above zero, red below. */
function drawRows(rows) {
  const canvas = element('canvas', { width: rows[0].length, height: rows.length })
  canvas.setAttribute('aria-label', 'the values of the vector as colours')
  const context = canvas.getContext('2d')
  const image = context.createImageData(canvas.width, canvas.height)
  const largest = Math.max(...rows.map((row) => Math.max(...row.map(Math.abs)))) || 1
  rows.flat().forEach((value, i) => {
    image.data.set(value >= 0 ? [62, 99, 221] : [229, 72, 77], 4 * i)
    image.data[4 * i + 3] = Math.round(255 * Math.sqrt(Math.abs(value) / largest))
  })
  context.putImageData(image, 0, 0)
  canvas.style.height = Math.min(320, Math.max(40, 6 * rows.length)) + 'px'
  return canvas
}

function showVector(vector, tokens) {
  const isSparse = !Array.isArray(vector)
  const rows = isSparse ? [] : Array.isArray(vector[0]) ? vector : [vector]
  const shape = isSparse
    ? 'sparse, ' + vector.indices.length + ' terms'
    : Array.isArray(vector[0]) ? 'multivector, ' + rows.length + ' × ' + rows[0].length : 'dense, ' + vector.length + ' floats'
  const picture = rows.length > 0 && rows[0].length > 0 ? [drawRows(rows)] : []
  $('vector').replaceChildren(
    element('p', { class: 'soft', textContent: shape + '; ' + tokens + ' tokens' }),
    ...picture,
    element('pre', { textContent: JSON.stringify(vector).slice(0, 4000) }))
}

$('search-form').addEventListener('submit', (event) => {
  event.preventDefault()
  void busy(event.target, $('hits'), async () => {
    const methods = METHODS.filter((method) => $('method-' + method).checked)
    showHits(await ask('/search', {
      query: $('query').value,
      collection: $('collection').value,
      limit: Number($('limit').value),
      rerank: $('rerank').checked && !$('rerank').disabled,
      ...(methods.length > 0 && { methods }),
    }))
  })
})
$('embed-form').addEventListener('submit', (event) => {
  event.preventDefault()
  void busy(event.target, $('vector'), async () => {
    const model = $('model').value
    const input = { data: $('text').value, data_type: 'text', model }
    const { embeddings, usage } = await ask('/infer', { inputs: [input], inference: $('side').value })
    showVector(embeddings[0], usage.models[model].tokens)
  })
})
$('token-form').addEventListener('submit', (event) => {
  event.preventDefault()
  token = $('token').value
  sessionStorage.setItem('token', token)
  void load()
})
$('collection').addEventListener('change', showMethods)
void load()
`
