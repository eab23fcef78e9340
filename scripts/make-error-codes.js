/**
 * Writes docs/error-codes.md from the source: every code that is thrown, by which class, with its message.
 * `--list` writes nothing and prints the codes as JSON.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const CODE = /^[A-Z][A-Z\d]*(_[A-Z\d]+)+$/
/** A code of one word, which in other calls would be a signal, a method of HTTP or an encoding. */
const WORD = /^[A-Z]{4,}$/
/** Names in capitals that are codes of others, or variables. */
const NOT_OURS = /_PROXY$|^ERR_|^Z_BUF_ERROR$/
/** What a rejected record, a refused request and a failed command are called here. */
const REJECTION = 'rejected record'
const SERVICE = 'offgrid serve'
const COMMAND = 'command line'
/** Classes of functions that make an error of a code. */
const MAKERS = {
  RequestRefusal: SERVICE,
  rejectRecord: REJECTION,
  '#skip': REJECTION,
  failure: COMMAND,
  refuse: COMMAND,
  invalidVector: 'VectorError',
  make: 'StoreError',
  lost: 'StoreError',
  fail: 'HubError',
}
/** Functions that make an error of one code, with that code and its class: a message is all they are given. */
const MAKERS_OF_ONE = {
  optionError: { code: 'INVALID_OPTION', by: 'InputError' },
  'RequestRefusal.tooLarge': { code: 'REQUEST_TOO_LARGE', by: SERVICE },
  'RequestRefusal.overloaded': { code: 'OVERLOADED', by: SERVICE },
}
const MESSAGES_SHOWN = 2
/** An expression in a message; of two beside each other one is enough. */
const HOLE = '…'

/** The text of a message, with a hole for each value that is put in; undefined where it is made elsewhere. */
function messageOf(node) {
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map(({ literal }) => HOLE + literal.text).join('')
  }
  if (ts.isParenthesizedExpression(node)) return messageOf(node.expression)
  if (ts.isConditionalExpression(node)) return messageOf(node.whenTrue)
  if (!ts.isBinaryExpression(node)) return undefined
  const sides = [messageOf(node.left), messageOf(node.right)]
  return sides.every((side) => side === undefined) ? undefined : sides.map((side) => side ?? HOLE).join('')
}

/** The node that a value is handed to: conditions and alternatives are passed through. */
function receiverOf(node) {
  let child = node
  let parent = node.parent
  while (
    ts.isParenthesizedExpression(parent) ||
    (ts.isConditionalExpression(parent) && parent.condition !== child) ||
    (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
  ) {
    child = parent
    parent = parent.parent
  }
  return { parent, child }
}

/** Who throws a code, and with which message; undefined for a string that is no code. */
function readCode(node) {
  const { parent, child } = receiverOf(node)
  if (ts.isNewExpression(parent) || ts.isCallExpression(parent)) {
    const index = parent.arguments?.indexOf(child) ?? -1
    if (index < 0 || NOT_OURS.test(node.text)) return undefined
    const name = parent.expression.getText().split('.').at(-1)
    const isThrown = ts.isNewExpression(parent) || name === 'failure'
    if (!CODE.test(node.text) && !(isThrown && WORD.test(node.text))) return undefined
    const messages = parent.arguments.slice(index + 1).map(messageOf)
    return { by: MAKERS[name] ?? name, message: messages.find((message) => message !== undefined) }
  }
  if (!CODE.test(node.text) || NOT_OURS.test(node.text)) return undefined
  if (ts.isPropertyAssignment(parent) && parent.name.getText() === 'code') {
    const isWarning = parent.parent.parent.getText().startsWith('process.emitWarning')
    const reason = parent.parent.properties.find((each) => each.name?.getText() === 'reason')
    const message = reason && ts.isPropertyAssignment(reason) ? messageOf(reason.initializer) : undefined
    return { by: isWarning ? 'process warning' : REJECTION, message }
  }
  return ts.isVariableDeclaration(parent) && parent.name.getText() === 'code'
    ? { by: undefined, message: undefined }
    : undefined
}

/** The code of a string or a call, who throws it, and with which message; undefined for what is none. */
function readError(node) {
  if (ts.isStringLiteral(node)) {
    const found = readCode(node)
    return found && { code: node.text, ...found }
  }
  if (!ts.isCallExpression(node) || !Object.hasOwn(MAKERS_OF_ONE, node.expression.getText())) return undefined
  return { ...MAKERS_OF_ONE[node.expression.getText()], message: messageOf(node.arguments[0]) }
}

/** Codes of the source, each with who throws it and its messages. */
function readCodes() {
  const codes = new Map()
  const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).toSorted()
  for (const name of names.filter((each) => each.endsWith('.ts'))) {
    const text = readFileSync(join(root, 'src', name), 'utf8')
    // most files name no code, and need not be parsed
    if (!/'[A-Z][A-Z\d_]{3,}'|optionError\(|RequestRefusal\./.test(text)) continue
    const visit = (node) => {
      const found = readError(node)
      if (found !== undefined) {
        const code = codes.get(found.code) ?? { by: new Set(), messages: new Set() }
        if (found.by !== undefined) code.by.add(found.by)
        if (found.message !== undefined) code.messages.add(found.message.replaceAll(/\s+/g, ' ').trim())
        codes.set(found.code, code)
      }
      ts.forEachChild(node, visit)
    }
    visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true))
  }
  return new Map([...codes].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

const inCell = (text) => text.replaceAll(/[|*<\\]/g, '\\$&').replaceAll(/(…)\1+/g, '$1')

function pageOf(codes) {
  const rows = Array.from(codes, ([code, { by, messages }]) => {
    const shown = [...messages].toSorted((a, b) => b.length - a.length).slice(0, MESSAGES_SHOWN)
    return `| \`${code}\` | ${[...by].toSorted().join(', ')} | ${shown.map(inCell).join('<br>')} |`
  })
  return `# Error codes

<!-- Made by \`node scripts/make-error-codes.js\` from the source. Do not edit it by hand. -->

Every error has a \`code\`, which stays the same across releases, and a message, which may change. The message says what was expected, what came and what to do.
The class says who has to act:

| class | who acts |
| --- | --- |
| \`InputError\` | the caller: an option, a document or a file is wrong |
| \`VectorError\` | the caller: a vector does not fit its place; \`status\` is what a Qdrant server answers |
| \`ModelError\`, \`HubError\` | whoever brings in the models, or the connection to where they come from |
| \`WorkerError\` | whoever runs the program: a worker died, or the call was cancelled |
| \`StoreError\`, \`UploadError\` | whoever runs the store; \`status\` is what a Qdrant server answers |
| ${REJECTION} | nobody during the run: the record is left out, and \`--errors FILE\` keeps it ([inputs-and-outputs.md](inputs-and-outputs.md)) |
| ${SERVICE} | the program that sent the request ([serve.md](serve.md)) |
| ${COMMAND} | the person who typed the command |

With \`--json\` a command that fails prints \`{ "error": { "code", "message" } }\`. What to do in common cases: [troubleshooting.md](troubleshooting.md).

In the messages below, \`${HOLE}\` stands for a value. A code with several messages shows the longest ${MESSAGES_SHOWN}. Where the third column is empty, the message comes from elsewhere: a server, the operating system or another error.

| code | class | messages |
| --- | --- | --- |
${rows.join('\n')}
`
}

const codes = readCodes()
if (process.argv.includes('--list')) process.stdout.write(`${JSON.stringify([...codes.keys()])}\n`)
else writeFileSync(join(root, 'docs', 'error-codes.md'), pageOf(codes))
