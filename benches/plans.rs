//! From texts to a plan, its undo, and the question whether management answers.
#![allow(clippy::unwrap_used, reason = "a benchmark whose answer is wrong shall stop")]

use criterion::Criterion;
use esxi_benches::{Example, MAAS, PACKET, Wide, desired, factory_host, planned};
use esxi_core::model::facts::{self, Form};
use esxi_core::model::{Machine, run};
use esxi_core::plan::{Plan, Verdict, plan};
use esxi_core::reach::{Answer, Network, management};
use esxi_core::state::{Fact, Ipv4Config, Route};
use esxi_core::yaml;
use std::hint::black_box;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    texts(&mut criterion);
    plans(&mut criterion, "packet", &PACKET);
    plans(&mut criterion, "maas", &MAAS);
    wide(&mut criterion, "2-switches-8-groups", &Wide::new(2, 4, 8), 8);
    wide(&mut criterion, "4-switches-40-groups", &Wide::new(4, 8, 40), 40);
    no_safe_order(&mut criterion, &Wide::new(4, 8, 40));
    picture(&mut criterion, &Wide::new(4, 8, 40));
    commands(&mut criterion);
    criterion.final_summary();
}

fn texts(criterion: &mut Criterion) {
    let text = include_str!("../examples/maas.yaml");
    let written = yaml::host_file("maas.yaml", text).unwrap().spec;
    criterion.bench_function("read/host-file/maas", |bencher| {
        bencher.iter(|| {
            let file = yaml::host_file("maas.yaml", black_box(text)).unwrap();
            assert_eq!(file.spec, written);
            file
        });
    });
    let mut machine = Machine::new(factory_host());
    for (name, form) in [("xml", Form::Xml), ("text", Form::Text)] {
        let answer = facts::collect(&mut machine, form, None);
        criterion.bench_function(&format!("read/facts/{name}"), |bencher| {
            bencher.iter(|| {
                let facts = facts::parse(black_box(&answer)).unwrap();
                assert_eq!(facts.state, machine.state);
                facts
            });
        });
    }
}

fn plans(criterion: &mut Criterion, name: &str, example: &Example) {
    let host = factory_host();
    let fabric = example.fabric(&host);
    let spec = example.import();
    criterion.bench_function(&format!("import/{name}"), |bencher| {
        bencher.iter(|| {
            let imported = black_box(example).import();
            assert_eq!(imported, spec);
            imported
        });
    });
    criterion.bench_function(&format!("plan/{name}/first-run"), |bencher| {
        bencher.iter(|| planned(&spec, black_box(&host), &fabric));
    });
    criterion.bench_function(&format!("import-and-plan/{name}/first-run"), |bencher| {
        bencher.iter(|| planned(&black_box(example).import(), &host, &fabric));
    });

    let first = planned(&spec, &host, &fabric);
    let reached = first.end().clone();
    criterion.bench_function(&format!("plan/{name}/second-run"), |bencher| {
        bencher.iter(|| {
            let second = plan(black_box(&reached), &desired(&spec, &reached), &fabric);
            assert!(second.steps.is_empty());
            second
        });
    });
    criterion.bench_function(&format!("plan/{name}/undo-of-every-prefix"), |bencher| {
        bencher.iter(|| undo_of_every_prefix(black_box(&first)));
    });
    criterion.bench_function(&format!("reach/{name}"), |bencher| {
        bencher.iter(|| {
            let reach = management(black_box(&reached), &fabric);
            assert_eq!(reach.answer, Answer::Yes);
            reach
        });
    });
}

/// Linux configuration to plan, for machines of a size.
fn wide(criterion: &mut Criterion, name: &str, wide: &Wide, groups: usize) {
    criterion.bench_function(&format!("import-and-plan/{name}"), |bencher| {
        bencher.iter(|| {
            let plan = planned(&black_box(wide).import(), &wide.host, &wide.fabric);
            assert!(plan.end().port_groups.len() >= groups);
            plan
        });
    });
}

/// The largest of them, drawn before and after.
fn picture(criterion: &mut Criterion, wide: &Wide) {
    let plan = planned(&wide.import(), &wide.host, &wide.fabric);
    criterion.bench_function("plan/4-switches-40-groups/picture", |bencher| {
        bencher.iter(|| {
            let picture = black_box(&plan).to_svg();
            assert_eq!(picture.matches("class=\"step\"").count(), plan.steps.len());
            assert!(picture.matches("class=\"port-group\"").count() >= 40);
            picture
        });
    });
}

/// Management moves to another VLAN and address at once: every order is dark for a while, with or without cards that
/// are lent, and the search has to see all of them to say so.
fn no_safe_order(criterion: &mut Criterion, wide: &Wide) {
    let reached = planned(&wide.import(), &wide.host, &wide.fabric).end().clone();
    let mut desired = reached.clone();
    let vmk = desired.vmkernel.get_mut("vmk0").unwrap();
    let group = desired.port_groups.get_mut(&vmk.port_group).unwrap();
    group.vlan = "200".parse().unwrap();
    let address = "198.51.100.10/24".parse().unwrap();
    vmk.ipv4 = Fact::Known(Ipv4Config::Static { address, gateway: None });
    desired.routes.clear();
    let hop = "198.51.100.1".parse().unwrap();
    let netstack = Default::default();
    desired.routes.insert(Route { netstack, network: "0.0.0.0/0".parse().unwrap(), gateway: hop });
    let mut fabric = wide.fabric.clone();
    let network = Network {
        subnet: "198.51.100.0/24".parse().unwrap(),
        gateway: Some(hop),
        segment: 200,
        ..fabric.networks[0].clone()
    };
    fabric.networks.push(network);
    criterion.bench_function("plan/4-switches-40-groups/no-safe-order", |bencher| {
        bencher.iter(|| {
            let plan = plan(black_box(&reached), &desired, &fabric);
            assert_eq!((plan.verdict, plan.steps.len(), plan.diagnostics.len()), (Verdict::Guarded, 3, 0));
            plan
        });
    });
}

/// As many commands as it takes from every point, whether its last step took effect or not.
fn undo_of_every_prefix(plan: &Plan) -> usize {
    assert_eq!(plan.undo_from(0).unwrap(), []);
    let undo = |done| plan.undo_from(done).unwrap().len() + plan.undo_interrupted(done).unwrap().len();
    let commands = (1..=plan.steps.len()).map(undo).sum();
    assert!(commands >= plan.steps.len());
    commands
}

/// The plan's commands as words, on the model.
fn commands(criterion: &mut Criterion) {
    let host = factory_host();
    let plan = planned(&MAAS.import(), &host, &MAAS.fabric(&host));
    let lines: Vec<Vec<String>> = plan.steps.iter().map(|step| step.command.argv()).collect();
    criterion.bench_function("model/maas/every-step", |bencher| {
        bencher.iter(|| {
            let mut machine = Machine::new(host.clone());
            for line in black_box(&lines) {
                assert_eq!(run(&mut machine, line, b"").status, 0);
            }
            assert!(machine.state.same_configuration(plan.end()));
            machine
        });
    });
}
