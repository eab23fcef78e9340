/**
 * What the program reads, or loads by a computed name. Nobody runs this: tools that find out which files a program needs (Next.js, Vercel,
 * Netlify) follow it, and take all of it along. They compute paths only in this form; bundlers leave it alone.
 */
import path = require('node:path')

const folders = [
  path.join(__dirname, '../../dist'),
  path.join(__dirname, '../../models'),
  path.join(__dirname, '../../native'),
  path.join(__dirname, '../../../@offgrid'),
]
/** What native packages and workers need, which not every tool looks into. */
const packages = () => [
  require('bindings'),
  require('node-gyp-build'),
  require('onnxruntime-common'),
  require('snowball-stemmers'),
  require('wink-eng-lite-web-model'),
  require('wink-nlp'),
]

export = { folders, packages }
