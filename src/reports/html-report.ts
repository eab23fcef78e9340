import { escapeHtml } from './escape-html.js'

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2024; --soft: #565a61; --paper: #fff; --line: #dcdfe4; --bar: #2f55d4; --peer: #868b93; --gain: #1f7a4d; --loss: #b3231f; --warm: #b3231f; --third: #1f7a4d }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #b3b8c0; --paper: #111214; --line: #34383e; --bar: #7f9bff; --peer: #8a9099; --gain: #6fd6a0; --loss: #ff9a94; --warm: #ff9a94; --third: #6fd6a0 } }
@media print { :root { color-scheme: light; --ink: #000; --soft: #444; --paper: #fff } section, svg, tr { break-inside: avoid } }
* { box-sizing: border-box }
body { font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: var(--ink); background: var(--paper); max-width: 1000px; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere }
h1, h2, h3 { line-height: 1.25; font-weight: 600 } h2 { margin-top: 2.5rem } h3 { margin: 1.5rem 0 .5rem }
svg { display: block; width: 100%; min-width: 620px; max-width: 900px; height: auto; font: 12px system-ui, sans-serif }
svg text { fill: var(--ink); dominant-baseline: middle } .label, .end { text-anchor: end } .tick { text-anchor: middle; fill: var(--soft) }
.bar, .mean { fill: var(--bar) } .peer { fill: var(--peer) } .dot { fill: var(--paper); stroke: var(--ink) } .grid { stroke: var(--line) } .zero { stroke: var(--soft) }
.interval { stroke: var(--bar); stroke-width: 2 } .gain { fill: var(--gain) } .loss { fill: var(--loss) }
.line { fill: none; stroke: var(--bar); stroke-width: 2 } .line-1 { stroke: var(--warm) } .line-2 { stroke: var(--third) }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-size: 13px } th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
th { color: var(--soft); font-weight: 500; white-space: nowrap } .whole { white-space: nowrap } .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap } td.no { color: var(--loss); font-weight: 600 }
.soft { color: var(--soft) } .small { font-size: 13px } .good { color: var(--gain) } .bad { color: var(--loss) }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: .5rem 2rem } .pair ol { padding-left: 1.4rem; margin: .3rem 0 } .pair p { margin: .2rem 0 }`

/** A whole page without scripts, fonts or anything else from elsewhere. Sections come as HTML; empty ones are left out. */
export function renderReport(title: string, sections: readonly string[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}
</style></head><body><main>
${sections.filter((section) => section !== '').join('\n')}
</main></body></html>
`
}

/** A section with a heading and a sentence below it. The content comes as HTML. */
export function renderSection(heading: string, note: string, content: string): string {
  const said = note === '' ? '' : `<p class="soft">${escapeHtml(note)}</p>`
  return `<section><h2>${escapeHtml(heading)}</h2>${said}${content}</section>`
}

/** A drawing that is scrolled by itself where the window is narrow. */
export function renderDrawing(svg: string): string {
  return `<div class="scroll" tabindex="0" role="group" aria-label="a drawing">${svg}</div>`
}

export function textCell(text: string): string {
  return `<td>${escapeHtml(text)}</td>`
}

export function numberCell(text: string): string {
  return `<td class="number">${escapeHtml(text)}</td>`
}

/** Cells come as HTML. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = header.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('')
  const body = rows.map((cells) => `<tr>${cells.join('')}</tr>`).join('')
  return `<div class="scroll" tabindex="0" role="group" aria-label="a table"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`
}
