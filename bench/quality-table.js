/**
 * The table of docs/quality.md, from what `offgrid eval --json` printed: nDCG@10 of each method on each corpus, by what is done with long
 * documents, with the 95 % interval of the mean.
 *
 *     npx offgrid eval DATASET --chunk none --methods dense,bm25,late,dbsf,default --json > DATASET.none.json
 *     npx offgrid eval DATASET --chunk auto --methods dense,bm25,late,dbsf,default --json > DATASET.auto.json
 *     node bench/quality-table.js DATASET.none.json DATASET.auto.json …
 *
 * A file is called CORPUS.CUT.json.
 */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

const METRIC = 'nDCG@10'
const files = process.argv.slice(2)
if (files.length === 0) {
  console.error(
    'Expected files of eval --json, called CORPUS.CUT.json. Such as: node bench/quality-table.js scifact.none.json',
  )
  process.exit(2)
}

const evaluations = files.map((file) => {
  const [corpus, cut] = basename(file).split('.')
  return { corpus, cut, ...JSON.parse(readFileSync(file, 'utf8')) }
})
const distinct = (values) => [...new Set(values)]
const cuts = distinct(evaluations.map(({ cut }) => cut))
const row = (cells) => `| ${cells.join(' | ')} |`

console.log(row(['corpus', 'documents, questions', 'points', 'search', ...cuts.map((cut) => `\`${cut}\``)]))
console.log(row(Array.from({ length: 4 + cuts.length }, () => '---')))
for (const corpus of distinct(evaluations.map((each) => each.corpus))) {
  const own = cuts.map((cut) => evaluations.find((each) => each.corpus === corpus && each.cut === cut))
  const [{ documents, queries, methods }] = own.filter((each) => each !== undefined)
  for (const [i, method] of Object.keys(methods).entries()) {
    const values = own.map((each) => each?.methods[method]?.[METRIC])
    const best = Math.max(...values.filter((value) => value !== undefined))
    const cells = own.map((each, j) => {
      if (values[j] === undefined) return ''
      const value = values[j].toFixed(3)
      const [low, high] = each.confidence[method].map((bound) => bound.toFixed(3))
      return `${values[j] === best && own.length > 1 ? `**${value}**` : value} [${low}, ${high}]`
    })
    const points = own.map((each) => each?.points ?? '-').join(' / ')
    console.log(row([...(i === 0 ? [corpus, `${documents}, ${queries}`, points] : ['', '', '']), method, ...cells]))
  }
}
