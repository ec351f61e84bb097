import { began, eventsOf, type LaneKind } from '../lane-kind.ts';

const [note, journal] = ['library/note', 'library/journal-entry'];

export const notes: LaneKind = {
  id: 'notes',
  title: 'Notes',
  profiles: { [note]: 'notes', [journal]: 'journal' },
  message: 'To show your notes and your journal on the day',
  async load(asked) {
    const all = await Promise.all(
      [note, journal].map((profile) => eventsOf<{ title?: string; text: string }>(asked, profile, { limit: 300 })),
    );
    return {
      spans: all.flat().map((event) => {
        const { title, text } = event.payload;
        return { from: began(event), to: began(event), label: title ?? text.slice(0, 80), event };
      }),
    };
  },
};
