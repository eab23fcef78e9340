import { ask, type CollectionState, hasToken, keepToken, Refusal, type ServiceState } from './api.js'
import { CompareView } from './compare-view.js'
import { byId } from './dom.js'
import { LoadView } from './load-view.js'
import { addressParams, readView, type View, writeAddress } from './question.js'
import { SearchView } from './search-view.js'
import { VectorView } from './vector-view.js'

const search = new SearchView()
const compare = new CompareView()
const load = new LoadView()
const vectors = new VectorView()
const views: readonly View[] = ['search', 'compare', 'load', 'vectors']
let hasState = false

/** What the service has: asked once, and again after a token was given. */
async function begin(): Promise<void> {
  let state: ServiceState
  try {
    state = await ask<ServiceState>('/playground')
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 401) byId('begin-error').textContent = (error as Error).message
    return
  }
  hasState = true
  byId('token-panel').hidden = true
  byId('begin-error').textContent = ''
  const usable = state.collections.filter(({ methods }) => methods.length > 0).sort(byPromise)
  byId('store-path').textContent = state.path
  const isEmpty = usable.length === 0
  byId('no-store').hidden = !isEmpty
  byId('search-body').hidden = isEmpty
  byId('compare-body').hidden = isEmpty
  byId('make-store').textContent = `offgrid ingest documents.jsonl ${placeOf(state)}`
  byId('key-note').hidden = state.url === null || state.url === state.path || !hasToken()
  byId('unusable').textContent = state.collections
    .flatMap(({ collection, error }) => (error === undefined ? [] : [`${collection} cannot be searched: ${error}`]))
    .join(' ')
  search.offer({ ...state, collections: usable })
  compare.offer({ ...state, collections: usable })
  vectors.offer(state)
  await show()
}

/** Where documents go: not to a folder that the service itself writes to. A host that stands for all is the one that this page came from. */
function placeOf({ path, url }: ServiceState): string {
  return url === null
    ? `--store ${path}`
    : `--url ${url.replace(/(?<=\/\/)(0\.0\.0\.0|\[::\])(?=:)/, location.hostname)}`
}

/** What a visitor most likely means comes first: the collection that has the default name, else the one with the most lists and points. */
function byPromise(a: CollectionState, b: CollectionState): number {
  const isDefault = ({ collection }: CollectionState) => Number(collection === 'hybrid-search')
  return isDefault(b) - isDefault(a) || b.methods.length - a.methods.length || b.points - a.points
}

async function show(): Promise<void> {
  const params = addressParams()
  const view = readView(params)
  for (const each of views) {
    byId(`view-${each}`).hidden = each !== view || !hasState
    const link = byId(`tab-${each}`)
    if (each === view) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  if (!hasState) return
  load.stop()
  if (view === 'search') await search.open(params)
  if (view === 'compare') await compare.open(params)
  if (view === 'load') load.start()
}

document.addEventListener('token-needed', () => {
  const wasWrong = hasToken()
  keepToken('')
  hasState = false
  byId('token-panel').hidden = false
  for (const each of views) byId(`view-${each}`).hidden = true
  byId('token-error').textContent = wasWrong
    ? 'That token is not the right one. Tokens are compared letter by letter: was a character left out, or a space or a line break taken along?'
    : ''
  byId<HTMLInputElement>('token').focus()
})
byId('token-form').addEventListener('submit', (event) => {
  event.preventDefault()
  const field = byId<HTMLInputElement>('token')
  keepToken(field.value.trim())
  field.value = ''
  void begin()
})
for (const view of views) {
  byId(`tab-${view}`).addEventListener('click', (event) => {
    event.preventDefault()
    const params = new URLSearchParams(view === 'search' ? {} : { view })
    const query = addressParams().get('q')
    if (query !== null && (view === 'search' || view === 'compare')) params.set('q', query)
    writeAddress(params)
    void show()
  })
}
addEventListener('popstate', () => void show())
// a slash brings one back to the question, as on other search pages
document.addEventListener('keydown', (event) => {
  const isTyping = (event.target as Element).matches('input, textarea, select')
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  byId(readView(addressParams()) === 'compare' ? 'compare-query' : 'query').focus()
})
void begin()
