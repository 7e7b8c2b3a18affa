//! `SIM`: the simulated host.

super::codes! {
    /// The jail for the simulated host's shell cannot be made: neither user namespaces nor root, or a tool
    /// that makes it (busybox, unshare, nsenter) is missing. The help names the exact command that cures it.
    /// Without a jail a simulated host still executes simple commands: set its jail mode to "off".
    SIM_NO_JAIL = "SIM001", exit 2, python "SimError";
    /// The executable named as the applet does not answer as one. It must be a program whose `main` calls
    /// `esxi_ssh::sim::applet_main` before anything else.
    SIM_APPLET = "SIM002", exit 2, python "SimError";
    /// A file, directory or loopback listener of a simulated host could not be made.
    SIM_IO = "SIM003", exit 2, python "SimError";
    /// The configuration of a simulated host contradicts itself: two vantages of one name, a key that is no
    /// public key, a name that is no host name.
    SIM_CONFIG = "SIM004", exit 2, python "SimError";
    /// Nobody could log in to the simulated host: no public key was given, and it has no password.
    SIM_NO_KEY = "SIM005", exit 2, python "SimError";
    /// No simulated host answered in time where its ready file says.
    SIM_NOT_READY = "SIM006", exit 2, python "SimError";
    /// A step of the demo did not end as it should; what it printed stands above.
    DEMO_FAILED = "SIM007", exit 2, python "SimError";
    /// A scenario contradicts itself: two hosts of one name or address, a fault of a card that the host lacks, a
    /// duration for what is over in a moment, or a value beside a saved state that says it already.
    SIM_SCENARIO = "SIM008", exit 2, python "SimError";
    /// The words given as a fault are none. The form is WHAT, then `at` with its beginning, `for` with its end.
    SIM_FAULT = "SIM009", exit 2, python "SimError";
    /// No simulated hosts are served where the ready file says: they have ended, or the file is another one.
    SIM_NOT_SERVED = "SIM010", exit 2, python "SimError";
    /// The served hosts refused a request, such as one about a host that is not among them.
    SIM_REQUEST = "SIM011", exit 2, python "SimError";
    /// The file is no record of simulated hosts, or one of another format.
    SIM_RECORD = "SIM012", exit 2, python "SimError";
    /// The replay of a record gave other answers than those that were recorded.
    SIM_REPLAY_DIFFERS = "SIM013", exit 1, python "SimError";
}
