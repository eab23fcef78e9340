import type { EndedMigration } from '../../pipeline/migrate/end-dropped-migration.js'
import type { Migration } from '../../pipeline/migrate/migrate-collection.js'
import type { MigrationPlan } from '../../pipeline/migrate/migration-plan.js'
import { countOf, formatDuration } from '../shared/terminal.js'

/** What a migration became that was finished, as a person reads it. */
export function describeMigration(
  { name, source, target }: Pick<MigrationPlan, 'name' | 'source' | 'target'>,
  { stored, unchanged, failed, deleted, points, verified, switched, dropped, tokensLost, seconds }: Migration,
  location: string,
  dropOld: boolean,
): string[] {
  const names = switched.map((alias) => `"${alias}"`).join(', ')
  const isAlias = switched.length > 0
  const same =
    failed === 0
      ? `as many points as "${source}"`
      : `${points} of the ${countOf(points + failed, 'point')} of "${source}"`
  const kept = isAlias ? ': to go back, migrate to its model with --to and its name' : ''
  return [
    `${countOf(points, 'point')} in collection "${target}" (${location}): ${stored} encoded, ${unchanged} there before, ${failed} left out, ${deleted} deleted, in ${formatDuration(seconds)}`,
    `verified: ${same}, vectors of ${countOf(verified, 'point')} made again and the same`,
    ...(tokensLost > 0
      ? [
          `${countOf(tokensLost, 'token')} were cut off of texts that are longer than the model takes; ingest them with --chunk auto to keep them`,
        ]
      : []),
    isAlias
      ? `${names} ${switched.length === 1 ? 'stands' : 'stand'} for "${target}" now`
      : `"${name}" is a collection and no alias: searches of it go on with the old model. Search "${target}", or let --drop-old put an alias in its place`,
    dropped
      ? `"${source}" was dropped`
      : `"${source}" is still there${dropOld ? ` and was not dropped: ${countOf(failed, 'point')} left out are nowhere else. Ingest their documents into it again, then migrate --collection ${source} --to ${target} --drop-old` : kept}`,
  ]
}

/** What became of a migration that an earlier run had all but finished. */
export function describeEndedMigration(
  { source, target, points, switched }: EndedMigration,
  location: string,
): string[] {
  const names = switched.map((alias) => `"${alias}"`).join(', ')
  return [
    `${countOf(points, 'point')} in collection "${target}" (${location}): an earlier run verified it and dropped "${source}", and ended before the name was put in its place`,
    `${names} ${switched.length === 1 ? 'stands' : 'stand'} for "${target}" now`,
  ]
}
