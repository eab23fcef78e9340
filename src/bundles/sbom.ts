import type { ModelEntry } from '../onnx/manifest.js'
import type { ProgramPackage } from './program-files.js'

/** What is in a bundle, in the form that scanners read. */
export const SBOM_FILE = 'sbom.cdx.json'

/** CycloneDX's `component`, as far as it is used here. */
interface Component {
  readonly type: 'application' | 'library' | 'machine-learning-model' | 'file'
  readonly 'bom-ref'?: string
  readonly name: string
  readonly version?: string
  readonly purl?: string
  readonly licenses?: readonly object[]
  readonly hashes?: readonly { readonly alg: 'SHA-256'; readonly content: string }[]
  readonly externalReferences?: readonly { readonly type: 'distribution'; readonly url: string }[]
  readonly components?: readonly Component[]
}

/** A list of components (software bill of materials) in CycloneDX's JSON. */
export interface Sbom {
  readonly bomFormat: 'CycloneDX'
  readonly specVersion: '1.6'
  readonly version: 1
  readonly metadata?: { readonly component: Component }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

/** SPDX's identifiers as packages and models here use them; CycloneDX takes an identifier only where SPDX has it. */
const SPDX = [
  ...['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'CC0-1.0', 'CC-BY-4.0', 'CC-BY-SA-4.0'],
  ...['CC-BY-NC-4.0', 'ISC', 'MIT', 'MPL-2.0', 'OpenRAIL', 'Unlicense', 'Unicode-3.0', 'Zlib'],
]

/**
 * The packages of a program, which is the first of them, and models with every file's SHA-256. No time and no random number: equal
 * contents give an equal list.
 * @param packages none where the program does not come along
 * @see https://cyclonedx.org/docs/1.6/json/
 */
export function createSbom(packages: readonly ProgramPackage[], models: readonly ModelEntry[]): Sbom {
  const [program, ...libraries] = packages
  const byRef = (a: { 'bom-ref'?: string }, b: { 'bom-ref'?: string }) => (a['bom-ref']! < b['bom-ref']! ? -1 : 1)
  // one version of a package may lie in several folders
  const distinct = new Map(libraries.map((each) => [refOf(each), packageComponent('library', each)]))
  const needs = new Map(packages.map((each) => [refOf(each), each.needs.map((need) => `npm:${need}`)]))
  const dependencies = [
    ...Array.from(needs, ([ref, dependsOn]) => ({ ref, dependsOn })),
    ...models.map(({ name, base }) => ({ ref: modelRef(name), dependsOn: base === undefined ? [] : [modelRef(base)] })),
  ]
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    ...(program !== undefined && { metadata: { component: packageComponent('application', program) } }),
    components: [...distinct.values(), ...models.map(modelComponent)].sort(byRef),
    dependencies: dependencies.sort((a, b) => (a.ref < b.ref ? -1 : 1)),
  }
}

export function writeSbom(sbom: Sbom): Buffer {
  return Buffer.from(`${JSON.stringify(sbom, null, 2)}\n`)
}

function packageComponent(type: 'application' | 'library', each: ProgramPackage): Component {
  const { name, version, licence } = each
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version.replaceAll('+', '%2B')}`
  return { type, 'bom-ref': refOf(each), name, version, purl, ...licencesOf(licence) }
}

function modelComponent({ name, revision, licence, source, files }: ModelEntry): Component {
  const url = /https?:\/\/[^\s,)]+/.exec(source)?.[0]
  return {
    type: 'machine-learning-model',
    'bom-ref': modelRef(name),
    name,
    version: revision,
    ...licencesOf(licence),
    ...(url !== undefined && { externalReferences: [{ type: 'distribution', url }] }),
    components: files.map(({ path, sha256 }) => ({
      type: 'file',
      name: path,
      hashes: [{ alg: 'SHA-256', content: sha256 }],
    })),
  }
}

function licencesOf(licence: string | null): { licenses?: object[] } {
  if (licence === null || licence === '') return {}
  const known = SPDX.find((id) => id.toLowerCase() === licence.toLowerCase())
  if (known !== undefined) return { licenses: [{ license: { id: known } }] }
  // of packages; what is written in words is a name
  if (/^[\w.+()-]+( (OR|AND|WITH) [\w.+()-]+)+$/.test(licence)) return { licenses: [{ expression: licence }] }
  return { licenses: [{ license: { name: licence } }] }
}

function refOf({ name, version }: ProgramPackage): string {
  return `npm:${name}@${version}`
}

function modelRef(name: string): string {
  return `model:${name}`
}
