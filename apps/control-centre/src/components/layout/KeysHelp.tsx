import { Kbd, Modal, Table } from '../ui/mantine.ts';

const keys: readonly (readonly [readonly string[], string])[] = [
  [['Ctrl', 'K'], 'Go to a page, an app, a profile, a template or an id'],
  [['?'], 'These keys'],
  [['j'], 'The next request'],
  [['k'], 'The request before'],
  [['a'], 'Approve the request that is marked, as its form says'],
  [['d'], 'Deny it: the reason first'],
];

export default function KeysHelp({ onClose }: { readonly onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title="Keys" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Table aria-label="Keys">
        <Table.Tbody>
          {keys.map(([combination, meaning]) => (
            <Table.Tr key={meaning}>
              <Table.Th scope="row">
                {combination.map((key) => (
                  <Kbd key={key} mr={4}>
                    {key}
                  </Kbd>
                ))}
              </Table.Th>
              <Table.Td>{meaning}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
