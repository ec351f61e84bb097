import { openPythonService } from '@datakeep/execution/testing';
import { describeExecutionService, type RuntimeSamples } from './execution-service.contract.ts';

const py = (...lines: string[]) => [{ path: 'main.py', content: lines.join('\n') }];

const samples: RuntimeSamples = {
  echo: py('def main(parameters, keep):', '    return parameters'),
  count: py('def main(parameters, keep):', "    return len(keep.events.query({'profile': 'walks'})['items'])"),
  readTwice: py(
    'async def main(parameters, keep):',
    '    await keep.events.query({})',
    '    await keep.events.query({})',
    "    return 'read'",
  ),
  catchRefusal: py(
    'def main(parameters, keep):',
    '    try:',
    '        keep.events.query({})',
    '    except Exception as error:',
    "        return {'code': error.code, 'message': str(error)}",
  ),
  leave: py(
    'left = None',
    'def main(parameters, keep):',
    '    global left',
    '    before, left = left, 1',
    '    return before',
  ),
  print: py('import logging', 'def main(parameters, keep):', "    print('one')", "    logging.warning('two')"),
  fail: py('def main(parameters, keep):', "    raise Exception('no such walk')"),
  loopForEver: py('def main(parameters, keep):', '    while True: pass'),
  returnLarge: py('def main(parameters, keep):', "    return 'x' * 2_000_000"),
  returnNoJson: py('def main(parameters, keep):', "    return {'steps': float('nan')}"),
  broken: py('def main(parameters, keep): return 1', 'let = = 1', ''),
  entryFile: 'main.py',
};

describeExecutionService('Python', samples, openPythonService);
