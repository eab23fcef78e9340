import { type Command, Option } from 'commander'

/** Headings of the help in their order, and the options under each, whichever command has them. */
const GROUPS: Readonly<Record<string, string>> = {
  'What is read:': 'text text-template title id fields exclude format delimiter encoding strings vectors-from corpus',
  'Models and vectors:':
    'vectors model late-model sparse-model rerank-model precision prompts as max-tokens language segmenter avg-len pool-factor using alias preload',
  'Long documents:': 'chunk overlap no-documents',
  'How it searches:': 'methods fusion weights rerank limit prefetch filter text-field',
  'Where to:': 'collection store url api-key-file ca-file to layout out',
  'On a server:': 'collection-config bulk no-bulk wait-for-green give-up-after partition',
  'Many machines:': 'queue plan-only until-empty',
  'Who may ask:': 'host port qdrant-port token-env without-token allow-host allow-origin mcp',
  'This run:':
    'dry-run restart recreate prune yes workers isolate memory queries documents rounds rows peers quality split clean drop-old tune force',
  'What it tells:': 'explain metrics run baseline report per-query errors log log-level metrics-port json quiet help',
}

const HEADING_OF = new Map<string, string>(
  Object.entries(GROUPS).flatMap(([heading, names]) => names.split(' ').map((name) => [`--${name}`, heading] as const)),
)

/** What no heading was found for stands first. */
const RANKS = new Map(['Options:', ...Object.keys(GROUPS)].map((heading, i) => [heading, i]))

/** Options with fewer than these are read at a glance, under one heading. */
const FEWEST_OPTIONS = 9

/** Puts the options of a command, under headings. */
export function groupOptions(command: Command): void {
  if (command.options.length < FEWEST_OPTIONS) return
  for (const option of command.options) {
    const heading = option.long && HEADING_OF.get(option.long)
    if (heading) option.helpGroup(heading)
  }
  command.addHelpOption(new Option('-h, --help', 'show this help').helpGroup(HEADING_OF.get('--help')!))
}

/** Headings in the order in which a reader needs them. */
export function inHeadingOrder<T>(groups: Map<string, T[]>): Map<string, T[]> {
  const rank = (heading: string) => RANKS.get(heading) ?? -1
  return new Map([...groups].sort(([a], [b]) => rank(a) - rank(b)))
}
