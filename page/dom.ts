/** Everything that comes from the service is set as text, never parsed as HTML. */

type Child = Node | string | null | undefined | false
type Properties = Readonly<Record<string, unknown>>

const SVG_NAMESPACE = 'http://www.w3.org/2000/svg'

/** An element of the page that is there from the beginning. */
export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`The page has no element "${id}".`)
  return found as E
}

/** An element: `class`, `on…` listeners, `aria-…` and `data-…` attributes by their names, the rest as properties. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue
    if (name === 'class') made.className = String(value)
    else if (name.startsWith('on')) made.addEventListener(name.slice(2), value as EventListener)
    else if (name === 'for' || name === 'role' || /^(aria|data)-/.test(name)) made.setAttribute(name, String(value))
    else (made as unknown as Record<string, unknown>)[name] = value
  }
  made.append(...present(children))
  return made
}

/** An element of a drawing; all properties are attributes. */
export function drawn(tag: string, attributes: Properties = {}, ...children: Child[]): SVGElement {
  const made = document.createElementNS(SVG_NAMESPACE, tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value))
  made.append(...present(children))
  return made
}

function present(children: readonly Child[]): (Node | string)[] {
  return children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false)
}

/** `1 hit`, `2 hits`, `1,200 points`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`
}
