import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.backend.memory.index.MemoryUniqueIndex;
import de.bwaldvogel.mongo.bson.Document;

import java.util.List;

/** mongo-java-server in memory, for tests: the arguments are the address and the port. It listens until SIGTERM. */
public final class Main {
  /** What the driver asks for at least: it refuses a server whose wire version is older than 21, which is that of MongoDB 7.0. */
  private static final class Mongo7 implements MongoVersion {
    @Override
    public List<Integer> getVersionArray() {
      return List.of(7, 0, 0);
    }

    @Override
    public int getWireVersion() {
      return 21;
    }
  }

  /**
   * The index of ids, as MongoDB has it: it serves every query that names one id. That of mongo-java-server serves those that name nothing else, and all others, such as every
   * compare-and-set, look at each document of the collection.
   */
  private static final class IdIndex extends MemoryUniqueIndex {
    private static final String ID = "_id";

    IdIndex(String name, List<IndexKey> keys, boolean sparse) {
      super(name, keys, sparse);
    }

    @Override
    public synchronized boolean canHandle(Document query) {
      return query.containsKey(ID) && super.canHandle(idOf(query));
    }

    @Override
    public synchronized Iterable<Integer> getPositions(Document query) {
      return super.getPositions(idOf(query));
    }

    private static Document idOf(Document query) {
      return new Document(ID, query.get(ID));
    }

    static boolean isOf(List<IndexKey> keys) {
      return keys.size() == 1 && keys.get(0).getKey().equals(ID);
    }
  }

  private static final class Database extends MemoryDatabase {
    Database(String name, CursorRegistry cursors) {
      super(name, cursors);
    }

    @Override
    protected Index<Integer> openOrCreateUniqueIndex(String collection, String name, List<IndexKey> keys, boolean sparse) {
      return IdIndex.isOf(keys) ? new IdIndex(name, keys, sparse) : super.openOrCreateUniqueIndex(collection, name, keys, sparse);
    }
  }

  private static final class Backend extends MemoryBackend {
    @Override
    public MemoryDatabase openOrCreateDatabase(String name) {
      return new Database(name, getCursorRegistry());
    }
  }

  public static void main(String[] arguments) {
    MemoryBackend backend = new Backend();
    backend.version(new Mongo7());
    MongoServer server = new MongoServer(backend);
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    server.bind(arguments[0], Integer.parseInt(arguments[1]));
  }
}
