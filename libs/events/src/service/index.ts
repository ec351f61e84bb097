export { DefaultEventDoor, type EventDoorParts } from './event-door.ts';
export { EncryptedCursorSealer } from './cursor-sealer.ts';
export { maxEvents, maxIdentifierLength } from './event-input.ts';
