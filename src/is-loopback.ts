/** Whether only programs of this machine reach an address: as a name, as an IP address, or as a URL has it (`[::1]`). */
export function isLoopback(host: string): boolean {
  return ['localhost', '::1', '[::1]'].includes(host) || /^127(\.\d{1,3}){3}$/.test(host)
}
