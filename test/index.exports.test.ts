import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const parsed = new Map<string, ts.SourceFile>()

function parse(path: string): ts.SourceFile {
  const known = parsed.get(path)
  if (known !== undefined) return known
  const file = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true)
  parsed.set(path, file)
  return file
}

/** The files that a file hands on whole (`export * from`), itself included. */
function entriesOf(path: string): string[] {
  const handedOn = parse(path).statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || statement.exportClause) return []
    return [targetOf(path, statement)]
  })
  return [path, ...handedOn.flatMap(entriesOf)]
}

function targetOf(path: string, { moduleSpecifier }: ts.ExportDeclaration): string {
  return join(dirname(path), (moduleSpecifier as ts.StringLiteral).text).replace(/\.js$/, '.ts')
}

/** What files export: names and the files in which they are declared. */
const exportsOf = (paths: readonly string[]) =>
  uniqueByName(
    paths.flatMap(entriesOf).flatMap((path) =>
      parse(path).statements.flatMap((statement) => {
        if (!ts.isExportDeclaration(statement) || !statement.exportClause || !ts.isNamedExports(statement.exportClause))
          return []
        const file = targetOf(path, statement)
        return statement.exportClause.elements.map(({ name, propertyName }) => ({
          name: name.text,
          declared: (propertyName ?? name).text,
          file,
        }))
      }),
    ),
  )

/** Files whose exports a user's program imports, and the program that does so, whose types are compiled. */
const ENTRIES = [
  { exported: exportsOf(['src/index.ts']), consumer: 'public-types.ts' },
  {
    exported: exportsOf(['ai-sdk', 'langchain', 'llamaindex'].map((name) => `src/entries/${name}-entry.ts`)),
    consumer: 'adapter-types.ts',
  },
]

/** An error class stands in several entries. */
function uniqueByName<T extends { readonly name: string }>(all: readonly T[]): T[] {
  return [...new Map(all.map((each) => [each.name, each])).values()]
}

/** The declarations of a name at the top of a file. */
function declarationsOf(file: string, name: string): ts.Node[] {
  return parse(file).statements.flatMap((statement): ts.Node[] => {
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.filter((each) => each.name.getText() === name)
    }
    const isNamed =
      ts.isClassDeclaration(statement) ||
      ts.isFunctionDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement)
    return isNamed && statement.name?.text === name ? [statement] : []
  })
}

/** A sentence, or the word that keeps a member out of the types. */
const hasText = (node: ts.Node) =>
  ts.getJSDocCommentsAndTags(node).some((doc) => ts.isJSDoc(doc) && (doc.comment || isInternal(doc)))
const isInternal = (doc: ts.JSDoc) => doc.tags?.some(({ tagName }) => tagName.text === 'internal') === true

/** Whether a member of a class is shown to its users and takes its text from no class above. */
function isShown(member: ts.ClassElement): boolean {
  const modifiers = ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []) : []
  const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword, ts.SyntaxKind.OverrideKeyword]
  if (member.name === undefined || ts.isPrivateIdentifier(member.name)) return false
  return (
    (ts.isMethodDeclaration(member) || ts.isGetAccessor(member)) && !modifiers.some(({ kind }) => hidden.includes(kind))
  )
}

/** Files of classes that take the texts of their members from an interface or from Qdrant's client. */
const INHERITED = ['src/stores/qdrant/qdrant-store.ts']

describe('everything that is exported', () => {
  test.each(ENTRIES)('is used by the consumer whose types are compiled ($consumer)', ({ exported, consumer }) => {
    const program = readFileSync(join(root, 'test/consumer', consumer), 'utf8')
    const imported = [...program.matchAll(/import (?:type )?\{([^}]*)\} from 'offgrid(?:\/[\w-]+)?'/g)]
    const specifiers = imported.flatMap(([, list]) => list!.split(',').map((each) => each.trim())).filter(Boolean)
    const names = [...new Set(specifiers.map((each) => each.replace(/^type /, '').split(' as ')[0]!))]
    expect(names.sort()).toEqual(exported.map(({ name }) => name).sort())
  })

  test('says in a sentence what it is, and so do the methods of its classes', () => {
    const silent: string[] = []
    for (const { name, declared, file } of ENTRIES.flatMap(({ exported }) => exported)) {
      const declarations = declarationsOf(file, declared)
      if (!declarations.some(hasText)) silent.push(`${file}: ${name}`)
      for (const declaration of declarations.filter(ts.isClassDeclaration)) {
        if (INHERITED.includes(file)) continue
        for (const member of declaration.members.filter(isShown)) {
          if (!hasText(member)) silent.push(`${file}: ${name}.${member.name!.getText()}`)
        }
      }
    }
    expect(silent).toEqual([])
  })
})
