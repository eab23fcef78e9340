/** Groups of an IPv6 address that name a network. A network belongs to one owner, who has all addresses in it. */
const NETWORK_GROUPS = 4

/** Who asks, as the service tells clients apart: the address, of IPv6 the network. */
export function clientOf({ remoteAddress = '' }: { readonly remoteAddress?: string | undefined }): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(remoteAddress)?.[1]
  if (mapped !== undefined) return mapped
  if (!remoteAddress.includes(':')) return remoteAddress
  const [head = '', tail] = remoteAddress.split('%')[0]!.split('::')
  const groups = head.split(':')
  if (tail !== undefined) {
    const end = tail.split(':')
    while (groups.length + end.length < 8) groups.push('0')
    groups.push(...end)
  }
  return `${groups
    .slice(0, NETWORK_GROUPS)
    .map((group) => group || '0')
    .join(':')}::`
}
