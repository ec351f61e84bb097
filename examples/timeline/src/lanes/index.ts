import type { LaneKind } from '../lane-kind.ts';
import { calendar } from './calendar.ts';
import { heartAndSteps } from './heart-and-steps.ts';
import { listening } from './listening.ts';
import { notes } from './notes.ts';
import { places } from './places.ts';
import { screen } from './screen.ts';
import { sleep } from './sleep.ts';

/** From top to bottom. */
export const laneKinds: readonly LaneKind[] = [places, calendar, heartAndSteps, sleep, listening, screen, notes];
