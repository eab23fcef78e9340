import { createHash } from 'node:crypto'
import type { Answer } from '../http/send-answer.js'
import { PLAYGROUND_SCRIPT } from './playground-script.js'

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --paper: #fff; --line: #d9dbe0; --field: #f7f7f9; --blue: #3e63dd; --red: #ce2c31 }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #b0b4ba; --paper: #111113; --line: #363a3f; --field: #1c1d20; --blue: #849dff; --red: #ff9592 } }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1000px; margin: 2rem auto; padding: 0 1rem }
h1, h2 { line-height: 1.2; font-weight: 600 } h2 { margin-top: 3rem } .soft { color: var(--soft) } .error { color: var(--red) }
form { display: grid; gap: .75rem } .row { display: flex; flex-wrap: wrap; gap: .75rem 1.25rem; align-items: center }
input[type=search], input[type=password], input[type=number], select, textarea { font: inherit; color: inherit; background: var(--field); border: 1px solid var(--line); border-radius: 6px; padding: .45rem .6rem }
input[type=search], textarea { width: 100% } input[type=number] { width: 5.5rem } label { display: inline-flex; gap: .4rem; align-items: center }
button { font: inherit; font-weight: 600; color: var(--paper); background: var(--blue); border: 0; border-radius: 6px; padding: .5rem 1.1rem; cursor: pointer } button:disabled { opacity: .5; cursor: wait }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100% } th, td { padding: .5rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
th { color: var(--soft); font-weight: 500; font-size: 13px } .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.excerpt { margin: .2rem 0; overflow-wrap: anywhere } summary { color: var(--soft); cursor: pointer; font-size: 13px }
pre { font: 12.5px/1.5 ui-monospace, monospace; background: var(--field); border-radius: 6px; padding: .75rem; overflow: auto; max-height: 18rem; white-space: pre-wrap; overflow-wrap: anywhere }
canvas { width: 100%; image-rendering: pixelated; border: 1px solid var(--line); border-radius: 6px }
[hidden] { display: none }
`

const BODY = `
<h1>offgrid</h1>
<p class="soft">Embeddings on this machine. This page talks to the service that it came from, and to nobody else.</p>
<form id="token-form" hidden>
<div class="row"><label>token <input id="token" type="password" autocomplete="off" required></label><button>Use it</button></div>
</form>
<main>
<section aria-labelledby="search-title">
<h2 id="search-title">Search</h2>
<div id="no-store" hidden>
<p>There are no documents in the store <code id="store-path"></code> yet. Fill it, and load this page again:</p>
<pre id="make-store"></pre>
</div>
<form id="search-form" hidden>
<input id="query" type="search" aria-label="query" placeholder="a question" required maxlength="10000">
<div class="row">
<label>collection <select id="collection"></select></label>
<label>hits <input id="limit" type="number" min="1" max="100" value="10" required></label>
<label><input id="method-dense" type="checkbox"> dense</label>
<label><input id="method-bm25" type="checkbox"> BM25</label>
<label><input id="method-late" type="checkbox"> late interaction</label>
<label><input id="rerank" type="checkbox"> rerank</label>
<button>Search</button>
</div>
</form>
<div id="hits" role="status"></div>
</section>
<section aria-labelledby="embed-title">
<h2 id="embed-title">Embed a text</h2>
<form id="embed-form">
<textarea id="text" rows="4" aria-label="text" required>Cartilage is a tissue.</textarea>
<div class="row">
<label>model <select id="model"></select></label>
<label>as <select id="side"><option value="update">document</option><option value="search">query</option></select></label>
<button>Embed</button>
</div>
</form>
<div id="vector" role="status"></div>
</section>
</main>
`

const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>offgrid</title><link rel="icon" href="data:,"><style>${STYLE}</style></head><body>${BODY}<script>${PLAYGROUND_SCRIPT}</script></body></html>
`

/** Nothing but this page's own style and script, by their hashes, and requests to the service itself. */
const POLICY = [
  "default-src 'none'",
  `script-src '${hashOf(PLAYGROUND_SCRIPT)}'`,
  `style-src '${hashOf(STYLE)}'`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

/** `GET /`: a page to search the store and to look at vectors. It holds no data: all of that is asked for by its script. */
export async function answerPlayground(): Promise<Answer> {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': POLICY,
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
  }
  return { status: 200, headers, body: PAGE }
}
