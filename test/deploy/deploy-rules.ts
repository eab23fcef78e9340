import { isObject } from '../../src/options.js'

/** Whoever runs as one of these in the image has no name there. */
const IMAGE_USER = 10001
const PORT = 6380
const PROBES = { startupProbe: '/readyz', readinessProbe: '/readyz', livenessProbe: '/healthz' }
const SECRET_NAMES = /TOKEN|KEY|PASSWORD|SECRET/

/** A value of YAML at a path, undefined where there is none. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<string | number, unknown> | null | undefined)?.[key],
    value,
  )
}

export type Manifest = Record<string, unknown>

/** What is wrong with manifests of Kubernetes, as a list of sentences. */
export function kubernetesFindings(manifests: readonly Manifest[], version: string): string[] {
  const workloads = manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
  const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy')
  const services = manifests.filter(({ kind }) => kind === 'Service')
  const found: string[] = []
  const rule = (name: string, isKept: boolean, what: string) => {
    if (!isKept) found.push(`${name}: ${what}`)
  }
  for (const manifest of manifests) {
    const name = `${manifest.kind}/${at(manifest, 'metadata', 'name')}`
    rule(
      name,
      typeof manifest.apiVersion === 'string' && typeof at(manifest, 'metadata', 'name') === 'string',
      'expected apiVersion, kind and a name',
    )
  }
  for (const workload of workloads) {
    const name = String(at(workload, 'metadata', 'name'))
    const pod = at(workload, 'spec', 'template', 'spec')
    const labels = at(workload, 'spec', 'template', 'metadata', 'labels')
    const isServer = at(labels, 'app.kubernetes.io/component') === 'serve'
    rule(name, at(pod, 'securityContext', 'runAsNonRoot') === true, 'may run as root')
    rule(name, at(pod, 'securityContext', 'runAsUser') === IMAGE_USER, 'runs as another user than the image')
    rule(name, at(pod, 'securityContext', 'seccompProfile', 'type') === 'RuntimeDefault', 'has every system call')
    rule(name, at(pod, 'automountServiceAccountToken') === false, 'is given a token of the cluster')
    rule(name, at(pod, 'hostNetwork') === undefined && at(pod, 'hostPID') === undefined, 'sees the host')
    const volumes = (at(pod, 'volumes') as Manifest[]).map((volume) => volume.name)
    for (const container of at(pod, 'containers') as Manifest[]) {
      rule(name, container.image === `offgrid:${version}`, `expected the image of version ${version}`)
      rule(name, at(container, 'securityContext', 'readOnlyRootFilesystem') === true, 'may write to its image')
      rule(name, at(container, 'securityContext', 'allowPrivilegeEscalation') === false, 'may gain privileges')
      rule(name, String(at(container, 'securityContext', 'capabilities', 'drop')) === 'ALL', 'has capabilities')
      for (const kind of ['requests', 'limits']) {
        rule(
          name,
          ['cpu', 'memory'].every((each) => at(container, 'resources', kind, each) !== undefined),
          `has no ${kind}`,
        )
      }
      for (const mount of container.volumeMounts as Manifest[]) {
        rule(name, volumes.includes(mount.name), `mounts ${mount.name}, which is no volume`)
      }
      const literal = ((container.env ?? []) as Manifest[]).filter(
        ({ name, value }) => value !== undefined && SECRET_NAMES.test(String(name)),
      )
      rule(name, literal.length === 0, 'has a secret in its manifest')
      if (isServer) {
        const port = at(container, 'ports', 0)
        rule(name, at(port, 'containerPort') === PORT, `expected port ${PORT}`)
        for (const [probe, path] of Object.entries(PROBES)) {
          rule(name, at(container, probe, 'httpGet', 'path') === path, `expected a ${probe} at ${path}`)
          rule(name, at(container, probe, 'httpGet', 'port') === at(port, 'name'), `${probe} asks another port`)
        }
      }
    }
    const closing = policies.filter((policy) => includes(labels, at(policy, 'spec', 'podSelector', 'matchLabels')))
    rule(
      name,
      closing.some((policy) => (at(policy, 'spec', 'policyTypes') as string[]).includes('Egress')),
      'may reach everybody',
    )
    const isLocked = closing.every((policy) => (at(policy, 'spec', 'egress') as unknown[]).length === 0)
    if (workload.kind === 'Deployment')
      rule(name, includes(labels, at(workload, 'spec', 'selector', 'matchLabels')), 'does not select its own pods')
    if (isServer) {
      rule(name, isLocked, 'may reach somebody')
      rule(
        name,
        services.some((service) => includes(labels, at(service, 'spec', 'selector'))),
        'has no service',
      )
    } else {
      if (workload.kind === 'Job') rule(name, at(workload, 'spec', 'completionMode') === 'Indexed', 'has no indexes')
      rule(name, closing.every(isNarrow), 'may reach more than named pods and ports')
    }
  }
  return found
}

/** Whether every way out leads to pods and ports that are named. */
function isNarrow(policy: Manifest): boolean {
  return (at(policy, 'spec', 'egress') as Manifest[]).every(({ to, ports }) => {
    const targets = (to ?? []) as Manifest[]
    return Array.isArray(ports) && targets.length > 0 && targets.every(({ podSelector }) => isObject(podSelector))
  })
}

function includes(labels: unknown, wanted: unknown): boolean {
  return isObject(wanted) && Object.entries(wanted).every(([name, value]) => at(labels, name) === value)
}

/** An instruction of a Dockerfile. */
export interface Instruction {
  readonly name: string
  readonly text: string
}

export function parseDockerfile(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line))
  const joined = lines.join('\n').replaceAll(/\\\n\s*/g, ' ')
  return joined.split('\n').map((line) => {
    const [, name = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? []
    return { name, text: rest }
  })
}

/** The instructions behind the last FROM: what the image is. */
export function lastStage(instructions: readonly Instruction[]): Instruction[] {
  return instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'))
}

/** What is wrong with a Dockerfile, as a list of sentences. */
export function dockerfileFindings(text: string): string[] {
  const all = parseDockerfile(text)
  const stage = lastStage(all)
  const of = (name: string, list = all) => list.filter((each) => each.name === name).map((each) => each.text)
  const known = [
    'ARG',
    'FROM',
    'WORKDIR',
    'COPY',
    'RUN',
    'ENV',
    'USER',
    'EXPOSE',
    'HEALTHCHECK',
    'STOPSIGNAL',
    'ENTRYPOINT',
    'CMD',
  ]
  const found: string[] = []
  const rule = (isKept: boolean, what: string) => {
    if (!isKept) found.push(what)
  }
  for (const { name } of all) rule(known.includes(name), `${name} is not used here`)
  const images = of('FROM').map((from) => from.split(' ')[0]!)
  const args = new Map(of('ARG').map((arg) => arg.split('=') as [string, string]))
  for (const image of images) {
    const named = image.replace(/^\$\{(\w+)\}$/, (_, name) => args.get(name) ?? image)
    rule(
      /^[\w./-]+:[\w.-]+(@sha256:[0-9a-f]{64})?$/.test(named) && !named.endsWith(':latest'),
      `${image}: expected a tag, and not latest`,
    )
    rule(/slim/.test(named), `${image}: expected a slim image`)
  }
  rule(
    of('USER', stage).at(-1) === `${IMAGE_USER}:${IMAGE_USER}`,
    `expected to end as USER ${IMAGE_USER}:${IMAGE_USER}`,
  )
  rule(
    stage.findLastIndex(({ name }) => name === 'RUN') < stage.findIndex(({ name }) => name === 'USER'),
    'expected nothing to be run as the user',
  )
  for (const name of ['ENTRYPOINT', 'CMD']) {
    rule(
      of(name, stage).length === 1 && of(name, stage).every(isJsonList),
      `expected one ${name} as a list: a shell would keep signals`,
    )
  }
  const [health = ''] = of('HEALTHCHECK', stage)
  rule(
    isJsonList(health.replace(/^.*?CMD\s+/, '')) && health.includes(`127.0.0.1:${PORT}/readyz`),
    'expected a check of /readyz',
  )
  rule(of('EXPOSE', stage).join() === String(PORT), `expected port ${PORT}`)
  rule(
    of('COPY', stage).every((copy) => copy.startsWith('--from=')),
    'expected nothing of the clone in the image but what was built',
  )
  rule(
    !of('RUN').some((run) => /\bsudo\b|\bcurl\b|\bwget\b|apt-get (?!.*--no-install-recommends)/.test(run)),
    'expected no fetching',
  )
  rule(
    of('RUN')
      .filter((run) => /npm (ci|install)/.test(run))
      .every((run) => run.includes('--ignore-scripts')),
    'expected npm without scripts',
  )
  const secrets = [...of('ENV'), ...of('ARG')].filter((each) => SECRET_NAMES.test(each))
  rule(secrets.length === 0, 'expected no secret in the image')
  return found
}

export function isJsonList(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text))
  } catch {
    return false
  }
}

/** What is wrong with a compose file, as a list of sentences. */
export function composeFindings(compose: Manifest): string[] {
  const found: string[] = []
  const rule = (isKept: boolean, what: string) => {
    if (!isKept) found.push(what)
  }
  const ours = at(compose, 'services', 'offgrid')
  const qdrant = at(compose, 'services', 'qdrant')
  const networks = (at(ours, 'networks') ?? []) as string[]
  rule(
    networks.length === 1 && at(compose, 'networks', networks[0]!, 'internal') === true,
    'offgrid may reach everybody',
  )
  rule(at(ours, 'ports') === undefined, 'offgrid is reached from outside')
  rule(at(ours, 'read_only') === true, 'offgrid may write to its image')
  rule(String(at(ours, 'cap_drop')) === 'ALL', 'offgrid has capabilities')
  rule(String(at(ours, 'security_opt')) === 'no-new-privileges:true', 'offgrid may gain privileges')
  rule(
    at(qdrant, 'environment', 'QDRANT__INFERENCE__ADDRESS') === `http://offgrid:${PORT}/infer`,
    'Qdrant asks another service',
  )
  rule(
    at(qdrant, 'environment', 'QDRANT__INFERENCE__TOKEN') === at(ours, 'environment', 'OFFGRID_TOKEN'),
    'Qdrant has another token',
  )
  rule(
    (at(qdrant, 'ports') as string[]).every((port) => port.startsWith('127.0.0.1:')),
    'Qdrant is reached from other machines',
  )
  rule(/^qdrant\/qdrant:v\d+\.\d+\.\d+$/.test(String(at(qdrant, 'image'))), 'expected a fixed version of Qdrant')
  for (const [name, service] of Object.entries(at(compose, 'services') as Manifest)) {
    for (const [variable, value] of Object.entries((at(service, 'environment') ?? {}) as Manifest)) {
      if (SECRET_NAMES.test(variable))
        rule(/^\$\{\w+:\?/.test(String(value)), `${name} has a secret in the file, or starts without ${variable}`)
    }
    for (const network of at(service, 'networks') as string[]) {
      rule(at(compose, 'networks', network) !== undefined, `${name} is in a network that is not there`)
    }
  }
  return found
}

/** What is wrong with a unit of systemd, as a list of sentences. */
export function unitFindings(text: string): string[] {
  const values = new Map<string, string[]>()
  for (const [, name, value] of text.matchAll(/^(\w+)=(.*)$/gm))
    values.set(name!, [...(values.get(name!) ?? []), value!])
  const wanted = {
    ...{ DynamicUser: 'yes', ProtectSystem: 'strict', ProtectHome: 'yes', PrivateTmp: 'yes', NoNewPrivileges: 'yes' },
    ...{ CapabilityBoundingSet: '', IPAddressDeny: 'any', IPAddressAllow: 'localhost', StateDirectory: 'offgrid' },
  }
  return [
    ...Object.entries(wanted).flatMap(([name, value]) =>
      values.get(name)?.join() === value
        ? []
        : [`expected ${name}=${value}, got ${values.get(name)?.join() ?? 'none'}`],
    ),
    // V8 writes the code that it runs
    ...(values.get('MemoryDenyWriteExecute')?.includes('yes') ? ['Node does not run with MemoryDenyWriteExecute'] : []),
  ]
}
