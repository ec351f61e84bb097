import { CopyText } from '../../../components/ui/CopyText.tsx';
import { Button, Group, Stack } from '../../../components/ui/mantine.ts';
import { Notice } from '../../../components/ui/Notice.tsx';
import { saveFile } from '../../../components/ui/save-file.ts';

/** The ten codes, this once. */
export function RecoveryCodes({ codes, onDone }: { readonly codes: readonly string[]; readonly onDone: () => void }) {
  const text = codes.join('\n');
  return (
    <Stack>
      <Notice title="Put these away: they are shown this once">
        Each of them signs you in once when your authenticator app is not at hand. Keep them where you keep other papers
        that matter, and not on the phone that has the app.
      </Notice>
      <CopyText label="the recovery codes" text={text} block />
      <Group justify="flex-end">
        <Button
          variant="default"
          onClick={() => saveFile('datakeep-recovery-codes.txt', new Blob([`${text}\n`], { type: 'text/plain' }))}
        >
          Save as a file
        </Button>
        <Button onClick={onDone}>I have put them away</Button>
      </Group>
    </Stack>
  );
}
