import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { COMMANDS } from '../../src/cli/command-list.js'
import { addOutputOptions } from '../../src/cli/shared/output-options.js'
import { parsePartition } from '../../src/pipeline/documents/partition.js'
import {
  at,
  composeFindings,
  dockerfileFindings,
  kubernetesFindings,
  lastStage,
  type Manifest,
  parseDockerfile,
  unitFindings,
} from './deploy-rules.js'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const { version } = JSON.parse(read('package.json')) as { version: string }

const KUBERNETES = readdirSync(join(root, 'deploy', 'kubernetes')).map((name) => `deploy/kubernetes/${name}`)
const kubernetes = KUBERNETES.map(read).join('\n---\n')
const dockerfile = read('deploy/Dockerfile')
const compose = read('deploy/compose.yaml')
const unit = read('deploy/offgrid.service')

/** The exposure that `systemd-analyze security` finds, in tenths, of 100. */
const MOST_EXPOSURE = 20

function manifestsOf(text: string): Manifest[] {
  return parseAllDocuments(text, { uniqueKeys: true, strict: true }).map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS() as Manifest
  })
}

/** What the program does not know of a command line. @throws CommanderError for a value that an option does not take */
async function unknownWords([name, ...args]: readonly string[]): Promise<readonly string[]> {
  const entry = COMMANDS.find((each) => each.name === name)
  if (entry === undefined) return [name ?? '']
  const command = new Command(name).exitOverride().configureOutput({ writeErr: () => {} })
  const add = await entry.load()
  add(command, () => {})
  addOutputOptions(command)
  const { operands, unknown } = command.parseOptions([...args])
  return [...unknown, ...(entry.argument === undefined && name !== 'compare' ? operands : [])]
}

/** The arguments that the job's shell gives the program on the machine of an index. */
function ingestArgs(index: number): string[] {
  const job = manifestsOf(kubernetes).find(({ kind }) => kind === 'Job')
  const [script] = at(job, 'spec', 'template', 'spec', 'containers', 0, 'args') as [string]
  const printing = script.replace('exec /opt/offgrid/offgrid', "printf '%s\\n'")
  expect(printing).not.toBe(script)
  const env = { PATH: process.env.PATH, QDRANT_URL: 'http://qdrant:6333', JOB_COMPLETION_INDEX: String(index) }
  return execFileSync('/bin/sh', ['-c', printing], { env, encoding: 'utf8' }).trimEnd().split('\n')
}

const containers = () =>
  manifestsOf(kubernetes).flatMap(
    (manifest) => (at(manifest, 'spec', 'template', 'spec', 'containers') ?? []) as Manifest[],
  )

describe('every command line of deploy/ is one that the program takes', () => {
  const lists = (): readonly (readonly string[])[] => [
    JSON.parse(lastStage(parseDockerfile(dockerfile)).find(({ name }) => name === 'CMD')!.text),
    at(parse(compose), 'services', 'offgrid', 'command') as string[],
    ...containers()
      .filter(({ command }) => command === undefined)
      .map(({ args }) => args as string[]),
    ingestArgs(0),
    /^ExecStart=\S+ (.*)$/m.exec(unit)![1]!.split(' '),
  ]

  test('in the image, in compose, in Kubernetes and in systemd', async () => {
    expect(lists().length).toBe(6)
    for (const list of lists()) expect(await unknownWords(list), list.join(' ')).toEqual([])
  })

  test('which a wrong one is not', async () => {
    expect(await unknownWords(['serve', '--hots', '0.0.0.0'])).toContain('--hots')
    expect(await unknownWords(['serv'])).toEqual(['serv'])
    await expect(unknownWords(['serve', '--port', 'http'])).rejects.toThrow(/integer/)
  })
})

test('the parts of the indexed job are all parts of the input, each once', () => {
  const job = manifestsOf(kubernetes).find(({ kind }) => kind === 'Job')
  const count = at(job, 'spec', 'completions') as number
  const parts = Array.from({ length: count }, (_, index) => {
    const args = ingestArgs(index)
    return parsePartition(args[args.indexOf('--partition') + 1]!)
  })
  expect(parts).toEqual(Array.from({ length: count }, (_, index) => ({ index: index + 1, count })))
})

/** Each is a mistake that somebody could make in one line, and what finds it. */
const MISTAKES: readonly [what: string, from: string | RegExp, to: string][] = [
  ['root', 'runAsNonRoot: true', 'runAsNonRoot: false'],
  ['another user', 'runAsUser: 10001', 'runAsUser: 1000'],
  ['a root that is written to', 'readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false'],
  ['privileges', 'allowPrivilegeEscalation: false', 'allowPrivilegeEscalation: true'],
  ['capabilities', 'drop: ["ALL"]', 'drop: ["NET_RAW"]'],
  ['no limit of memory', /limits: \{ cpu: "2", memory: 2Gi \}/, 'limits: { cpu: "2" }'],
  ['another path of a probe', 'path: /healthz', 'path: /health'],
  ['another port of a probe', 'path: /healthz, port: http', 'path: /healthz, port: web'],
  ['the newest image', /image: offgrid:\S+/, 'image: offgrid:latest'],
  ['a token of the cluster', 'automountServiceAccountToken: false', 'automountServiceAccountToken: true'],
  ['a volume that is not there', 'name: tmp, mountPath', 'name: temp, mountPath'],
  ['a token in the manifest', /valueFrom: \{ secretKeyRef: \{ name: offgrid, key: token \} \}/, 'value: abc'],
  ['a way out of serve', 'egress: []', 'egress: [{}]'],
  ['a policy of other pods', 'component: serve }\n  policyTypes', 'component: server }\n  policyTypes'],
  ['a policy that leaves egress open', 'policyTypes: [Ingress, Egress]', 'policyTypes: [Ingress]'],
  [
    'a way out to everybody',
    /- to:\n {8}- podSelector:\n {12}matchLabels: \{ app.kubernetes.io\/name: qdrant \}\n {6}ports:/,
    '- ports:',
  ],
  ['a job without indexes', 'completionMode: Indexed', 'completionMode: NonIndexed'],
  ['a service of nobody', 'selector: { app.kubernetes.io/name: offgrid,', 'selector: { app: offgrid,'],
]

describe('Kubernetes’ manifests', () => {
  test('keep the rules', () => {
    expect(
      manifestsOf(kubernetes)
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual([
      'Deployment',
      'Deployment',
      'Job',
      'NetworkPolicy',
      'NetworkPolicy',
      'ScaledObject',
      'Service',
      'Service',
      'StatefulSet',
      'TriggerAuthentication',
    ])
    expect(kubernetesFindings(manifestsOf(kubernetes), version)).toEqual([])
  })

  test.each(MISTAKES)('with %s are found to be wrong', (_, from, to) => {
    const changed = kubernetes.replace(from, to)
    expect(changed).not.toBe(kubernetes)
    expect(kubernetesFindings(manifestsOf(changed), version)).not.toEqual([])
  })
})

describe('the Dockerfile', () => {
  test('keeps the rules, and copies what is there and not left out', () => {
    expect(dockerfileFindings(dockerfile)).toEqual([])
    const copied = parseDockerfile(dockerfile).filter(({ name, text }) => name === 'COPY' && !text.startsWith('--from'))
    const sources = copied.flatMap(({ text }) => text.split(' ').slice(0, -1))
    expect(sources.filter((source) => readdirSync(root).includes(source) || source === '.')).toEqual(sources)
    const ignored = read('deploy/Dockerfile.dockerignore').split('\n')
    const shipped = (JSON.parse(read('package.json')).files as string[]).filter((file) => file !== 'dist')
    expect(
      [...sources, ...shipped, 'src', 'workers', 'scripts', 'examples'].filter((name) => ignored.includes(name)),
    ).toEqual([])
  })

  test.each([
    ['root', /^USER .*$/m, ''],
    ['a user by name', /^USER .*$/m, 'USER node'],
    ['the newest image', 'node:22-bookworm-slim', 'node:latest'],
    ['an image without a tag', 'node:22-bookworm-slim', 'node'],
    ['a shell in front', /^CMD \[.*$/m, 'CMD serve'],
    ['another check', '/readyz', '/health'],
    ['the clone in the image', 'COPY --from=build /opt/offgrid', 'COPY . /opt/offgrid'],
    ['npm with scripts', ' --ignore-scripts', ''],
    ['a download', 'RUN install -d', 'RUN curl -o /x https://example.com && install -d'],
    ['a token in the image', 'NODE_ENV=production', 'OFFGRID_TOKEN=abc'],
    ['another port', 'EXPOSE 6380', 'EXPOSE 80'],
  ])('with %s is found to be wrong', (_, from, to) => {
    const changed = dockerfile.replace(from, to)
    expect(changed).not.toBe(dockerfile)
    expect(dockerfileFindings(changed)).not.toEqual([])
  })
})

describe('the compose file', () => {
  test('keeps the rules', () => {
    expect(composeFindings(parse(compose, { uniqueKeys: true, strict: true }))).toEqual([])
  })

  test.each([
    ['a way out', 'internal: true', 'internal: false'],
    ['a second network', 'networks: [inside]', 'networks: [inside, outside]'],
    ['another service', '/infer', '/v1/embeddings'],
    ['another token', 'QDRANT__INFERENCE__TOKEN: ${OFFGRID_TOKEN', 'QDRANT__INFERENCE__TOKEN: ${TOKEN'],
    ['Qdrant for everybody', '127.0.0.1:6333:6333', '6333:6333'],
    ['a key in the file', /\$\{QDRANT_API_KEY:[^}]*\}/, 'abc'],
    ['any version', 'qdrant/qdrant:v1.18.3', 'qdrant/qdrant'],
    ['a root that is written to', 'read_only: true', 'read_only: false'],
    ['capabilities', 'cap_drop: [ALL]', 'cap_drop: []'],
  ])('with %s is found to be wrong', (_, from, to) => {
    const changed = compose.replace(from, to)
    expect(changed).not.toBe(compose)
    expect(composeFindings(parse(changed))).not.toEqual([])
  })
})

describe('the unit of systemd', () => {
  test('keeps the rules', () => {
    expect(unitFindings(unit)).toEqual([])
  })

  test.each([
    ['a user of root', 'DynamicUser=yes', 'User=root'],
    ['a way out', 'IPAddressDeny=any', ''],
    ['a system that is written to', 'ProtectSystem=strict', 'ProtectSystem=full'],
    ['what V8 cannot have', 'UMask=0077', 'UMask=0077\nMemoryDenyWriteExecute=yes'],
  ])('with %s is found to be wrong', (_, from, to) => {
    expect(unitFindings(unit.replace(from, to))).not.toEqual([])
  })

  const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0
  test.skipIf(!hasSystemd)(
    'is one that systemd takes, and calls little exposed (skipped where there is no systemd)',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'offgrid-unit-'))
      const analyze = (text: string, ...args: string[]) => {
        // the program is not installed here
        writeFileSync(join(folder, 'offgrid.service'), text.replace('/opt/offgrid/offgrid', '/bin/sh'))
        const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, join(folder, 'offgrid.service')], {
          encoding: 'utf8',
        })
        return { status, text: stdout + stderr }
      }
      try {
        expect(analyze(unit, 'verify', '--man=no')).toEqual({ status: 0, text: '' })
        expect(analyze(unit.replace('ProtectHome=', 'ProtectHomes='), 'verify', '--man=no').text).toContain(
          'ProtectHomes',
        )
        const security = ['security', '--offline=true', `--threshold=${MOST_EXPOSURE}`]
        expect(analyze(unit, ...security)).toMatchObject({ status: 0 })
        expect(analyze(unit.replace(/^# nothing else of.*?^# no way out$/ms, ''), ...security)).not.toMatchObject({
          status: 0,
        })
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  )
})
