import { readFile } from 'node:fs/promises'

const PAGE = new URL('../../docs/integrations.md', import.meta.url)

/**
 * The snippets of docs/integrations.md: the blocks under each heading with their language. A snippet whose last comment is `# prints X` or
 * `// prints X` has to print X.
 */
export async function readSnippets() {
  const sections = (await readFile(PAGE, 'utf8')).split(/^## /m).slice(1)
  return sections.flatMap((section) => {
    const heading = section.slice(0, section.indexOf('\n'))
    return Array.from(section.matchAll(/^```(\w*)\n(.*?)^```/gms), ([, language, code], i) => {
      const prints = /(?:#|\/\/) prints (.*)/.exec(code)?.[1]
      const name = i === 0 ? heading : `${heading}, ${i + 1}`
      return { name, language, code, prints }
    })
  })
}
