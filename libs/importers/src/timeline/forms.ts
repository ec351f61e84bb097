import type { Made } from '../importer.ts';
import { instantOf, isoOf } from '../instant.ts';
import { listOf, membersOf, numberOf } from '../json/json-values.ts';
import { point, visit, way } from './made-events.ts';
import { positionOf, positionsOf } from './place.ts';

/** What one element makes; nothing where its kind has no place. */
export type Reading = (element: Readonly<Record<string, unknown>>) => readonly Made[];

/** Of an export by a phone: numbers are texts and points are `geo:` on iOS. */
export const fromSegment: Reading = (segment) => {
  const [start, end] = [instantOf(segment['startTime']), instantOf(segment['endTime'])];
  const made: Made[] = [];
  if (segment['visit'] !== undefined) {
    const candidate = membersOf(membersOf(segment['visit'])['topCandidate']);
    made.push(
      visit({
        start,
        end,
        position: positionOf(candidate['placeLocation']),
        type: candidate['semanticType'],
        placeId: candidate['placeId'] ?? candidate['placeID'],
        confidence: numberOf(candidate['probability']),
      }),
    );
  }
  if (segment['activity'] !== undefined) {
    const activity = membersOf(segment['activity']);
    const candidate = membersOf(activity['topCandidate']);
    made.push(
      way({
        start,
        end,
        positions: positionsOf([activity['start'], activity['end']]),
        type: candidate['type'],
        distance: activity['distanceMeters'],
        confidence: numberOf(candidate['probability']),
      }),
    );
  }
  for (const entry of listOf(segment['timelinePath'])) {
    const { point: place, time, durationMinutesOffsetFromStartTime: minutes } = membersOf(entry);
    const offset = (numberOf(minutes) ?? Number.NaN) * 60_000;
    const moment = time === undefined ? isoOf(Date.parse(start ?? '') + offset) : instantOf(time);
    made.push(point({ time: moment, position: positionOf(place) }));
  }
  return made;
};

export const fromRawSignal: Reading = (signal) => {
  if (signal['position'] === undefined) return [];
  const position = membersOf(signal['position']);
  return [
    point({
      time: instantOf(position['timestamp']),
      position: positionOf(position),
      height: position['altitudeMeters'],
      accuracy: position['accuracyMeters'],
      speed: position['speedMetersPerSecond'],
    }),
  ];
};

/** Of Semantic Location History, by Takeout until 2024. */
export const fromTimelineObject: Reading = ({ placeVisit, activitySegment }) => [
  ...(placeVisit === undefined ? [] : fromPlaceVisit(membersOf(placeVisit), 0)),
  ...(activitySegment === undefined ? [] : [fromActivitySegment(membersOf(activitySegment))]),
];

/** A visit, and those within it. */
function fromPlaceVisit(segment: Readonly<Record<string, unknown>>, depth: number): readonly Made[] {
  const location = membersOf(segment['location']);
  const confidence = numberOf(location['locationConfidence'] ?? segment['visitConfidence']);
  const one = visit({
    ...intervalOf(segment['duration']),
    // Some have no place of their own, and the middle of what was measured.
    position: positionOf(location) ?? positionOf(segment) ?? positionsOf(segment['otherCandidateLocations'])[0],
    name: location['name'],
    address: typeof location['address'] === 'string' ? location['address'].replaceAll('\n', ', ') : undefined,
    type: location['semanticType'],
    placeId: location['placeId'],
    confidence: confidence === undefined ? undefined : confidence / 100,
  });
  const within = depth < 5 ? listOf(segment['childVisits']) : [];
  return [one, ...within.flatMap((child) => fromPlaceVisit(membersOf(child), depth + 1))];
}

function fromActivitySegment(segment: Readonly<Record<string, unknown>>): Made {
  const raw = positionsOf(membersOf(segment['simplifiedRawPath'])['points']);
  const between = raw.length > 0 ? raw : positionsOf(membersOf(segment['waypointPath'])['waypoints']);
  const activities = listOf(segment['activities']).map(membersOf);
  const type = segment['activityType'] ?? activities[0]?.['activityType'];
  const probability = numberOf(activities.find((activity) => activity['activityType'] === type)?.['probability']);
  return way({
    ...intervalOf(segment['duration']),
    positions: [...positionsOf([segment['startLocation']]), ...between, ...positionsOf([segment['endLocation']])],
    type,
    distance: segment['distance'],
    confidence: probability === undefined ? undefined : probability / 100,
  });
}

/** Of Records.json, by Takeout; its older form has milliseconds. */
export const fromRecord: Reading = (record) => [
  point({
    time: momentOf(record, 'timestamp'),
    position: positionOf(record),
    height: record['altitude'],
    accuracy: record['accuracy'],
    speed: record['velocity'],
    heading: record['heading'],
    device: record['deviceTag'],
  }),
];

function intervalOf(value: unknown): { readonly start: string | undefined; readonly end: string | undefined } {
  const duration = membersOf(value);
  return { start: momentOf(duration, 'startTimestamp'), end: momentOf(duration, 'endTimestamp') };
}

const momentOf = (members: Readonly<Record<string, unknown>>, name: string): string | undefined =>
  instantOf(members[name]) ?? isoOf(numberOf(members[`${name}Ms`]) ?? Number.NaN);
