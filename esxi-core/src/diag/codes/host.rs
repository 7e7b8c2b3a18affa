//! `HOST`: the host file, the fabric file and other documents as such.

super::codes! {
    /// The document cannot be read as YAML. The place is where the reader gave up; the mistake may stand just
    /// before it.
    HOST_FILE_SYNTAX = "HOST001", exit 2, python "SpecError";
    /// A key that the format does not have. Unknown keys are refused so that a misspelt one is not ignored in
    /// silence; the nearest known key is offered.
    UNKNOWN_KEY = "HOST002", exit 2, python "SpecError";
    /// A value of the wrong kind: a list where a mapping is expected, a text where a number is, or a text that
    /// is not one of the words allowed here.
    WRONG_VALUE = "HOST003", exit 2, python "SpecError";
    /// The same key stands twice in one mapping. Readers differ in which of them counts.
    DUPLICATE_KEY = "HOST004", exit 2, python "SpecError";
    /// A YAML 1.1 reader (PyYAML, and therefore cloud-init, curtin and Ansible) would take this plain value for
    /// something else: an all-digit MAC address or `22:22` for a number in base 60, `off` for false. Here it is
    /// read by the type of its field. Quote it and every reader agrees.
    YAML11_DIFFERS = "HOST005", exit 1, python "SpecError";
    /// The document's `version` is missing or not one that this release reads. Write `version: 1` at the top.
    FORMAT_VERSION = "HOST006", exit 2, python "SpecError";
    /// A construct of YAML that these documents do without: several documents in one file, a tag, a key that is
    /// not plain text, or aliases that unfold without bound.
    YAML_CONSTRUCT = "HOST007", exit 2, python "SpecError";
    /// The host runs a release newer than any whose commands were checked. It is treated as the newest known one;
    /// compare `esxi facts` with what the host shows before applying anything.
    ESXI_NEWER_THAN_KNOWN = "HOST008", exit 1, python "FactsError";
    /// The host reported an object that the model cannot hold, such as an adapter on a distributed switch or a
    /// name it does not understand. It is left out: plans neither see nor touch it.
    FACT_LEFT_OUT = "HOST009", exit 1, python "FactsError";
    /// The host did not answer one of the questions. What depends on it is unknown, and plans that would touch it
    /// are refused.
    FACT_NOT_REPORTED = "HOST010", exit 1, python "FactsError";
    /// The answer of the host to the facts script cannot be read: it is cut off, is not that script's, or names no
    /// version. Ask again; if it stays so, run `esxcli system version get` on the host by hand.
    FACTS_UNREADABLE = "HOST011", exit 2, python "FactsError";
    /// A file cannot be read: it is not there, may not be read, is no UTF-8 text, or is far too large.
    FILE_UNREADABLE = "HOST020", exit 2, python "SpecError";
    /// A result cannot be written. Results are written to a temporary name and renamed, so nothing half-written
    /// was left behind and a file that was there is as it was.
    FILE_UNWRITABLE = "HOST021", exit 2, python "SpecError";
    /// A file given as `--fabric` holds something besides `version: 1` and `fabric:`, or no `fabric:` at all.
    NO_FABRIC = "HOST022", exit 2, python "SpecError";
    /// A file given as `--state` is not what `esxi facts --format json` prints.
    STATE_FILE = "HOST023", exit 2, python "SpecError";
    /// The text is no version of ESXi.
    NO_SUCH_VERSION = "HOST024", exit 2, python "SpecError";
    /// The text is no MAC address.
    BAD_MAC = "HOST025", exit 2, python "SpecError";
    /// There is no diagnostic of this code.
    UNKNOWN_CODE = "HOST026", exit 2, python "EsxiError";
    /// The operating system refused something that every program needs, such as a thread.
    SYSTEM_REFUSED = "HOST027", exit 2, python "EsxiError";
    /// The command needs a live host or an offline state to work on, and none was named.
    NO_HOST = "HOST028", exit 2, python "SpecError";
    /// An argument is none of the words or forms that it may be.
    WRONG_WORD = "HOST029", exit 2, python "SpecError";
    /// A file of a host's raw output, written by `esxi facts --bundle`, cannot be read: it is none, is damaged, was
    /// cut off, or does not tell the release.
    BUNDLE_UNREADABLE = "HOST030", exit 2, python "FactsError";
    /// A host has a command that the index of commands lacks for its release, or lacks one that the index has. Until
    /// the index is corrected, the simulated host of this release refuses what the real one knows, or the other way
    /// round.
    REAL_COMMANDS_DIFFER = "HOST031", exit 1, python "FactsError";
    /// A command of a host has other options than the grammar: one more or one fewer, another letter or type, or
    /// required where the grammar thinks it is not.
    REAL_OPTIONS_DIFFER = "HOST032", exit 1, python "FactsError";
    /// Lines of a host's output were not understood. What they say is missing in facts.
    REAL_OUTPUT_NOT_UNDERSTOOD = "HOST033", exit 1, python "FactsError";
    /// A host lays its output out in another way than the simulated host: written again by the rules of its release,
    /// it is not the same text.
    REAL_LAYOUT_DIFFERS = "HOST034", exit 1, python "FactsError";
    /// A host's output has a label or column that the simulated host of its release does not have, lacks one, or has
    /// them in another order.
    REAL_LABELS_DIFFER = "HOST035", exit 1, python "FactsError";
    /// A host refuses a command that the simulated host of its release carries out, carries out one that it refuses,
    /// or refuses in other words.
    REAL_REFUSAL_DIFFERS = "HOST036", exit 1, python "FactsError";
    /// A default, limit or type in a host's own tables is not that of the tables of this program.
    REAL_DEFAULT_DIFFERS = "HOST037", exit 1, python "FactsError";
    /// A vCenter server manages the host. It would undo or not know what is changed behind its back, and distributed
    /// switches are its own. Change the host there, or take it out of vCenter first.
    MANAGED_BY_VCENTER = "HOST038", exit 2, python "FactsError";
    /// The host is in lockdown mode, which a vCenter server switches on: the web service refuses everybody but
    /// exception users, and SSH refuses passwords; a key of root still opens it. A change is confirmed over a new
    /// connection, so come with a key. The mode ends in vCenter or at the host's console.
    LOCKED_DOWN = "HOST039", exit 1, python "FactsError";
}
