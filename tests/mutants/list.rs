//! Wrong rules of reachability and of plans: what the tests have to notice.

/// One wrong rule, as a replacement of text that occurs exactly once in its file.
pub struct Mutant {
    /// Folder below `esxi-core/src`.
    pub folder: &'static str,
    /// File in it.
    pub file: &'static str,
    /// Text of the right rule.
    pub right: &'static str,
    /// Text of the wrong rule.
    pub wrong: &'static str,
    /// The wrong rule in words.
    pub what: &'static str,
}

const fn mutant(file: &'static str, what: &'static str, right: &'static str, wrong: &'static str) -> Mutant {
    Mutant { folder: "reach", file, right, wrong, what }
}

const fn in_plans(
    file: &'static str,
    what: &'static str,
    right: &'static str,
    wrong: &'static str,
) -> Mutant {
    Mutant { folder: "plan", file, right, wrong, what }
}

/// All of them.
pub const MUTANTS: &[Mutant] = &[
    mutant("mod.rs", "a disabled adapter answers", "if !host.vmkernel[vmk].enabled {", "if false {"),
    mutant(
        "mod.rs",
        "an isolated subnet is no obstacle",
        ".find(|one| one.gateway.is_none())",
        ".find(|one| one.gateway.is_none() && false)",
    ),
    mutant(
        "mod.rs",
        "the next hop may be on another segment",
        "Some(segment) if segment != home.segment => {",
        "Some(segment) if false && segment != home.segment => {",
    ),
    mutant(
        "mod.rs",
        "a next hop nobody named will do",
        "(Answer::Yes, Some(_)) => reach.settle(Answer::Yes),",
        "(Answer::Yes, _) => reach.settle(Answer::Yes),",
    ),
    mutant(
        "routing.rs",
        "a reply by another adapter arrives",
        "[(_, name, gateway)] if **name == *vmk =>",
        "[(_, _, gateway)] =>",
    ),
    mutant(
        "routing.rs",
        "the shortest prefix wins",
        "choices.iter().map(|choice| choice.0).max()",
        "choices.iter().map(|choice| choice.0).min()",
    ),
    mutant(
        "routing.rs",
        "routes of every stack are used",
        "|route| route.netstack == *stack && route.network.contains(&to)",
        "|route| route.network.contains(&to)",
    ),
    mutant("routing.rs", "a lease brings no gateway", "if to.is_ipv4() {", "if false {"),
    mutant(
        "carriage.rs",
        "a port group's own teaming is ignored",
        "let Some(teaming) = host.effective_teaming(group_name) else {",
        "let Some(teaming) = switch.teaming.known().cloned() else {",
    ),
    mutant(
        "carriage.rs",
        "explicit order uses every uplink",
        "return active.into_iter().chain(standby).take(1).collect();",
        "return active.into_iter().chain(standby).collect();",
    ),
    mutant(
        "carriage.rs",
        "standby uplinks are never used",
        "standby.take(dead.max(usize::from(active.is_empty())))",
        "standby.take(dead.min(0))",
    ),
    mutant(
        "carriage.rs",
        "several members of an LACP group are fine",
        "if others().any(|other| self.is_up(other)) {",
        "if others().any(|other| false && self.is_up(other)) {",
    ),
    mutant(
        "carriage.rs",
        "iphash over independent ports is fine",
        "load_balancing == LoadBalancing::IpHash && self.channels() > 1",
        "load_balancing == LoadBalancing::IpHash && self.channels() > 99",
    ),
    mutant(
        "carriage.rs",
        "a static aggregation does not need iphash",
        "live.len() > 1 && load_balancing != LoadBalancing::IpHash",
        "live.len() > 99 && load_balancing != LoadBalancing::IpHash",
    ),
    mutant(
        "carriage.rs",
        "members of an aggregation outside the team do not matter",
        "live.iter().find(|name| !self.uplinks.contains(name))",
        "live.iter().find(|name| false && !self.uplinks.contains(name))",
    ),
    mutant(
        "carriage.rs",
        "one good uplink of several is enough",
        "Answer::No => bad = Some(nic),",
        "Answer::No => bad = Some(nic).filter(|_| false),",
    ),
    mutant(
        "carriage.rs",
        "a tag may lead to any segment",
        "Some(segment) if segment != needed => {",
        "Some(segment) if false && segment != needed => {",
    ),
    mutant("carriage.rs", "untagged frames find their segment", "0 => port.untagged,", "0 => Some(needed),"),
    mutant(
        "carriage.rs",
        "every port carries every tag",
        "id if port.tagged.contains(vlan) => Some(id),",
        "id => Some(id),",
    ),
    mutant(
        "carriage.rs",
        "the native VLAN may be tagged",
        "if !vlan.is_untagged() && port.untagged == Some(segment) => {",
        "if false && !vlan.is_untagged() && port.untagged == Some(segment) => {",
    ),
    mutant(
        "observed.rs",
        "a session proves the path of every client",
        "client == self.client",
        "(client == self.client || true)",
    ),
    mutant("observed.rs", "a session proves every next hop", "&& reply.gateway == self.next_hop", ""),
    mutant(
        "observed.rs",
        "a session proves a path whatever the uplinks, tag and team are",
        "&& Wire::of(host, vmk).is_some_and(|wire| wire == self.wire)",
        "",
    ),
    mutant(
        "observed.rs",
        "a new port is bound to the uplink of the old one",
        "&& (same_port || self.wire.leaves_no_choice())",
        "&& (same_port || !self.wire.leaves_no_choice() || true)",
    ),
    in_plans(
        "search/scope.rs",
        "the place of management's own tag does not matter",
        "=> tag != MANAGEMENT_TAG,",
        "=> !tag.is_empty(),",
    ),
    in_plans(
        "search/scope.rs",
        "the way to the client is no matter of management",
        "Command::RouteAdd { route } => !self.is_on_the_way(&route.network),",
        "Command::RouteAdd { .. } => true,",
    ),
    in_plans(
        "search/mod.rs",
        "the first window found is the smallest",
        "for window in 1..longest {",
        "for window in longest..longest {",
    ),
    in_plans(
        "search/best.rs",
        "a step without an answer costs nothing",
        "cost.not_lit += 1;",
        "cost.not_lit += 0;",
    ),
    in_plans(
        "search/mod.rs",
        "helpers are used where nothing can be lost",
        "if management(start, fabric).answer != Answer::Yes {",
        "if management(start, fabric).answer == Answer::Yes {",
    ),
];
