import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { controlGroupLimits } from '../../src/pool/control-group.js'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'offgrid-cgroup-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), `${text}\n`)
  }
}

test('the tightest limit from the own group of version 2 up to the root holds, as the kernel applies it', () => {
  write({
    'proc/self/cgroup': '0::/system.slice/offgrid.service',
    'sys/fs/cgroup/system.slice/memory.max': '2000000000',
    'sys/fs/cgroup/system.slice/cpu.max': 'max 100000',
    'sys/fs/cgroup/system.slice/offgrid.service/memory.max': '4000000000',
    'sys/fs/cgroup/system.slice/offgrid.service/cpu.max': '150000 100000',
  })
  expect(controlGroupLimits(root)).toEqual({ cpus: 1.5, memoryBytes: 2e9 })
})

test('a container of version 1 is limited by what stands at the root of what it sees, its path being that of the host', () => {
  write({
    'proc/self/cgroup': '4:memory:/docker/0123\n3:cpu,cpuacct:/docker/0123\n0::/',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '512000000',
    'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '200000',
    'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000',
  })
  expect(controlGroupLimits(root)).toEqual({ cpus: 2, memoryBytes: 512e6 })
})

test('a group of version 1 below the root is found by its path', () => {
  write({
    'proc/self/cgroup': '4:memory:/jobs/one\n0::/',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712',
    'sys/fs/cgroup/memory/jobs/one/memory.limit_in_bytes': '300000000',
  })
  expect(controlGroupLimits(root)).toEqual({ cpus: null, memoryBytes: 300e6 })
})

test.each([
  ['nothing', {}],
  [
    'no limit',
    { 'proc/self/cgroup': '0::/', 'sys/fs/cgroup/memory.max': 'max', 'sys/fs/cgroup/cpu.max': 'max 100000' },
  ],
  ['a quota of -1', { 'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1', 'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000' }],
  ['a path out of what is seen', { 'proc/self/cgroup': '0::/../../other', 'sys/fs/cgroup/memory.max': 'max' }],
] as [string, Record<string, string>][])('where the system says %s there is no limit', (_, files) => {
  write(files)
  expect(controlGroupLimits(root)).toEqual({ cpus: null, memoryBytes: null })
})
