/** Mean radius of the earth in metres, as Qdrant's Haversine distance takes it. */
const EARTH_RADIUS_M = 6_371_008.8

export interface GeoPoint {
  readonly lon: number
  readonly lat: number
}

/** The point that a payload value is, or null: an object with numbers `lon` and `lat` in range. */
export function toGeoPoint(value: unknown): GeoPoint | null {
  if (typeof value !== 'object' || value === null) return null
  const { lon, lat } = value as Partial<Record<'lon' | 'lat', unknown>>
  if (typeof lon !== 'number' || typeof lat !== 'number') return null
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? { lon, lat } : null
}

/** Great-circle distance in metres. */
export function haversineDistance(a: GeoPoint, b: GeoPoint): number {
  const radians = Math.PI / 180
  const latitude = Math.sin(((b.lat - a.lat) * radians) / 2) ** 2
  const longitude = Math.sin(((b.lon - a.lon) * radians) / 2) ** 2
  const h = latitude + Math.cos(a.lat * radians) * Math.cos(b.lat * radians) * longitude
  return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(Math.min(1, h)))
}

/** Strictly inside the box, which crosses the antimeridian where its left edge is east of its right one. */
export function isInBox(point: GeoPoint, topLeft: GeoPoint, bottomRight: GeoPoint): boolean {
  if (point.lat <= bottomRight.lat || point.lat >= topLeft.lat) return false
  if (topLeft.lon > bottomRight.lon) return point.lon > topLeft.lon || point.lon < bottomRight.lon
  return point.lon > topLeft.lon && point.lon < bottomRight.lon
}

/** A closed line of points: the first is repeated at the end. */
export type GeoRing = readonly GeoPoint[]

/** Inside the outer ring and outside of every hole; the outer boundary is outside. */
export function isInPolygon(point: GeoPoint, exterior: GeoRing, interiors: readonly GeoRing[]): boolean {
  return placeInRing(point, exterior) === 'inside' && interiors.every((ring) => placeInRing(point, ring) === 'outside')
}

/** By the winding number on the plane of longitude and latitude: what a ring goes round twice is inside, too. */
function placeInRing(point: GeoPoint, ring: GeoRing): 'inside' | 'outside' | 'boundary' {
  let turns = 0
  for (let i = 0; i + 1 < ring.length; i++) {
    const a = ring[i]!
    const b = ring[i + 1]!
    const cross = (b.lon - a.lon) * (point.lat - a.lat) - (b.lat - a.lat) * (point.lon - a.lon)
    if (cross === 0 && isBetween(point.lon, a.lon, b.lon) && isBetween(point.lat, a.lat, b.lat)) return 'boundary'
    if (a.lat <= point.lat && b.lat > point.lat && cross > 0) turns++
    else if (a.lat > point.lat && b.lat <= point.lat && cross < 0) turns--
  }
  return turns === 0 ? 'outside' : 'inside'
}

function isBetween(value: number, a: number, b: number): boolean {
  return value >= Math.min(a, b) && value <= Math.max(a, b)
}
