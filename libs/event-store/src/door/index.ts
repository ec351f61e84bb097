export { DefaultEventDoor, type EventDoorParts } from './event-door.ts';
export { HmacCursorSealer } from './cursor-sealer.ts';
